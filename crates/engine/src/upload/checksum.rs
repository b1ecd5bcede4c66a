//! The SHA-256 of an upload's file, and the tag that tells it.
//!
//! A small file's is known before the file is prepared, and goes with it. A large file is sent at
//! once: its checksum is computed beside, and the tag is added when both are done.

use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{AbortHandle, abortable};
use messages::worker::TagChecksum;
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::calls::call;
use webext::file_sums::{FileSumsError, file_sums};

use super::Upload;
use crate::state::Engine;

/// Up to so many bytes a file waits for its checksum: a fraction of a second.
const QUICK: u64 = 64 * 1024 * 1024;

/// A checksum that is on its way. Dropping it gives up.
pub(super) struct Checksum {
    known: oneshot::Receiver<String>,
    work: AbortHandle,
}

impl Drop for Checksum {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// Makes the checksum known that the panel computed, or computes it: now for a small file, beside
/// the sending for a large one.
///
/// # Errors
/// `FileUnreadable` when a small file is gone, was changed since it was chosen, or is a folder;
/// `UploadCancelled`.
pub(super) async fn begin(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    file: &File,
) -> Result<Option<Checksum>, Problem> {
    if upload.view().sha256.is_some() {
        return Ok(None);
    }
    let mut checksum = compute(engine, upload, file);
    if upload.view().bytes > QUICK {
        return Ok(Some(checksum));
    }
    let known = (&mut checksum.known).await;
    if upload.cancel.is_asked() {
        return Err(ProblemCode::UploadCancelled.into());
    }
    match known {
        Ok(_) => Ok(None),
        Err(_) => Err(Problem::with(ProblemCode::FileUnreadable, file.name())),
    }
}

fn compute(engine: &Rc<Engine>, upload: &Rc<Upload>, file: &File) -> Checksum {
    let (sender, known) = oneshot::channel();
    let (engine, upload, file) = (engine.clone(), upload.clone(), file.clone());
    let (job, work) = abortable(async move {
        match file_sums(&file, |_| {}).await {
            Ok(sums) => {
                upload.change(|view| view.sha256 = Some(sums.sha256.clone()));
                engine.publish_upload(upload.view());
                let _ = sender.send(sums.sha256);
            }
            // Sending it fails as well, and says so.
            Err(FileSumsError::Unreadable) => {}
            Err(FileSumsError::Worker(why)) => {
                upload.change(|view| view.note = Some(format!("No checksum: {why}.")));
            }
        }
    });
    spawn_local(async move {
        let _ = job.await;
    });
    Checksum { known, work }
}

/// Adds the tag to a file that is in Storage and was prepared without it. What fails here is no
/// failure of the upload: the file is only not found again as a copy.
pub(super) fn tag(upload: &Rc<Upload>, checksum: Option<Checksum>) {
    let upload = upload.clone();
    spawn_local(async move {
        if let Some(mut checksum) = checksum
            && (&mut checksum.known).await.is_err()
        {
            return;
        }
        let view = upload.view();
        if let (Some(file), Some(sha256)) = (view.file, view.sha256) {
            let configuration = upload.configuration.clone();
            let _ = call(&TagChecksum {
                configuration,
                file,
                sha256,
            })
            .await;
        }
    });
}
