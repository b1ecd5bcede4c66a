//! The SHA-256 of a file, streamed: what the person sees of its content. What the cloud storage
//! checks is computed with each request.

use js_sys::Uint8Array;
use messages::{Problem, ProblemCode};
use transfer::checksum::StreamingSha256;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::Upload;
use crate::state::Engine;

/// How much of the file is in memory at a time.
const STEP: f64 = 4.0 * 1024.0 * 1024.0;

/// Computes it and tells everybody.
///
/// # Errors
/// As [`sha256`].
pub(super) async fn tell(engine: &Engine, upload: &Upload, file: &File) -> Result<(), Problem> {
    let sha256 = sha256(file, || upload.cancel.is_asked()).await?;
    upload.change(|view| view.sha256 = Some(sha256));
    engine.publish_upload(upload.view());
    Ok(())
}

/// SHA-256 of the file in lower-case hex.
///
/// # Errors
/// `FileUnreadable` when the file is gone, was changed since it was chosen, or is a folder;
/// `UploadCancelled` when `cancelled` says so on the way.
async fn sha256(file: &File, cancelled: impl Fn() -> bool) -> Result<String, Problem> {
    let unreadable = || Problem::with(ProblemCode::FileUnreadable, file.name());
    if cancelled() {
        return Err(ProblemCode::UploadCancelled.into());
    }
    if file.size() <= STEP {
        let digest = webext::digest::sha256(file).await;
        return digest.map(hex).ok_or_else(unreadable);
    }
    let mut hash = StreamingSha256::new();
    let mut from = 0.0;
    while from < file.size() {
        if cancelled() {
            return Err(ProblemCode::UploadCancelled.into());
        }
        let to = (from + STEP).min(file.size());
        let slice = file
            .slice_with_f64_and_f64(from, to)
            .map_err(|_| unreadable())?;
        let buffer = JsFuture::from(slice.array_buffer())
            .await
            .map_err(|_| unreadable())?;
        hash.update(&Uint8Array::new(&buffer).to_vec());
        from = to;
    }
    Ok(hash.hex())
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn file(bytes: &[u8]) -> File {
        let parts = Array::of1(&Uint8Array::from(bytes));
        File::new_with_u8_array_sequence(&parts, "a.bin").unwrap()
    }

    #[wasm_bindgen_test]
    async fn of_nothing_of_a_word_and_of_more_than_one_step() {
        for (bytes, digest) in [
            (
                Vec::new(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                b"abc".to_vec(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                vec![b'a'; 5 * 1024 * 1024],
                "a29968fad2e782aa9f2040a35f05adb97ed8979eb1f572c8c8ea78637e275f3c",
            ),
        ] {
            assert_eq!(sha256(&file(&bytes), || false).await.unwrap(), digest);
        }
    }

    #[wasm_bindgen_test]
    async fn cancelling_ends_it() {
        let problem = sha256(&file(b"abc"), || true).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::UploadCancelled);
    }
}
