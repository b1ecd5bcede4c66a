//! The SHA-256 of a file, streamed.

use js_sys::Uint8Array;
use messages::{Problem, ProblemCode};
use transfer::checksum::StreamingSha256;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// How much of the file is in memory at a time.
const STEP: f64 = 4.0 * 1024.0 * 1024.0;

/// SHA-256 of the file in lower-case hex.
///
/// # Errors
/// `FileUnreadable` when the file is gone, was changed since it was chosen, or is a folder;
/// `UploadCancelled` when `cancelled` says so on the way.
pub(crate) async fn sha256(file: &File, cancelled: impl Fn() -> bool) -> Result<String, Problem> {
    let unreadable = || Problem::with(ProblemCode::FileUnreadable, file.name());
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
