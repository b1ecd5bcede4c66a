//! The SHA-256 of a file: what the person sees of its content, and by what a copy of it is found
//! again. What the cloud storage checks is computed with each request.

use std::pin::pin;

use futures::future::{Either, select};
use messages::worker::TagChecksum;
use messages::{Problem, ProblemCode};
use web_sys::File;
use webext::blob::ReadBuffers;
use webext::calls::call;
use webext::file_sums::{FileWorkerError, file_sums};

use super::Upload;
use crate::state::Engine;

/// Up to so many bytes a file is hashed by the browser itself, all of it in memory for a moment.
const AT_ONCE: u64 = 4 * 1024 * 1024;

/// Computes it and tells everybody.
///
/// # Errors
/// `FileUnreadable` when the file is gone, was changed since it was chosen, or is a folder;
/// `UploadCancelled` when that was asked for on the way.
pub(super) async fn tell(engine: &Engine, upload: &Upload, file: &File) -> Result<(), Problem> {
    if upload.cancel.is_asked() {
        return Err(ProblemCode::UploadCancelled.into());
    }
    let work = pin!(sha256(file, upload.view().bytes, &engine.buffers));
    let sha256 = match select(work, upload.cancel.waited()).await {
        Either::Left((sha256, _)) => sha256?,
        Either::Right(_) => return Err(ProblemCode::UploadCancelled.into()),
    };
    upload.change(|view| view.sha256 = Some(sha256));
    engine.publish_upload(upload.view());
    Ok(())
}

/// In lower-case hex.
async fn sha256(file: &File, bytes: u64, buffers: &ReadBuffers) -> Result<String, Problem> {
    let unreadable = || Problem::with(ProblemCode::FileUnreadable, file.name());
    if bytes <= AT_ONCE {
        let digest = webext::digest::sha256(file, buffers).await;
        return digest.map(|it| hex(&it)).ok_or_else(unreadable);
    }
    match file_sums(file, |_| {}).await {
        Ok(sums) => Ok(sums.sha256),
        Err(FileWorkerError::Unreadable) => Err(unreadable()),
        Err(error @ FileWorkerError::Worker(_)) => {
            Err(Problem::with(ProblemCode::Internal, error.to_string()))
        }
    }
}

/// In lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds the tag to a file that is in Storage and was prepared without it. What fails here is no
/// failure of the upload: the file is only not found again as a copy.
pub(super) async fn tag(upload: &Upload) {
    let view = upload.view();
    if let (Some(file), Some(sha256), false) = (view.file, view.sha256, upload.tagged.get()) {
        let configuration = upload.configuration.clone();
        let tagged = call(&TagChecksum {
            configuration,
            file,
            sha256,
        })
        .await;
        upload.tagged.set(tagged.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    // A large file's is that of the worker: see the crate `checksum`.
    #[wasm_bindgen_test]
    async fn of_nothing_and_of_a_word() {
        let buffers = ReadBuffers::default();
        for (bytes, digest) in [
            (
                Vec::new(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                b"abc".to_vec(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
            let file = File::new_with_u8_array_sequence(&parts, "a.bin").unwrap();
            assert_eq!(
                sha256(&file, bytes.len() as u64, &buffers).await.unwrap(),
                digest
            );
        }
    }
}
