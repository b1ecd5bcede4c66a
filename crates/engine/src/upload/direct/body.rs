//! The body of a request that carries files: their bytes by reference, and the few texts around them.

use e2b::UploadRequest;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use webext::xhr::{self, Body, Sending};

use crate::problems::new_id;
use crate::upload::refused::Refused;

/// A text that stands in no file, by chance of its random digits.
pub(super) fn boundary() -> String {
    format!("kbc-e2b-{}-{}", new_id(), new_id())
}

/// Sends files and returns when envd has taken them.
pub(super) async fn send(
    request: &UploadRequest,
    files: &[Blob],
    on_progress: impl FnMut(u64) + 'static,
    began: impl FnOnce(Sending),
) -> Result<(), Refused> {
    let body = around(&request.around, files).ok_or(Refused::Unreadable)?;
    let (sending, reply) = xhr::send(
        "POST",
        &request.url,
        &request.headers,
        Body::Blob(&body),
        on_progress,
    )?;
    began(sending);
    let reply = reply.await?;
    e2b::read_upload(reply.status, &reply.headers, &reply.body).map_err(Refused::Sandbox)?;
    Ok(())
}

/// The files with the texts before, between and after them.
fn around(texts: &[String], files: &[Blob]) -> Option<Blob> {
    if let ([before, after], [file]) = (texts, files)
        && before.is_empty()
        && after.is_empty()
    {
        return Some(file.clone());
    }
    let pieces = Array::new();
    for (at, text) in texts.iter().enumerate() {
        pieces.push(&JsValue::from_str(text));
        if let Some(file) = files.get(at) {
            pieces.push(file.unchecked_ref());
        }
    }
    Blob::new_with_blob_sequence(&pieces).ok()
}
