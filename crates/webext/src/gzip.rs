//! Compression of a blob by the browser, in the page's [`crate::file_worker`]: where a page's own thread
//! compressed, it would draw nothing meanwhile.

use wasm_bindgen::JsCast;
use web_sys::Blob;

use crate::file_worker::{FileWorkerError, ask};
use crate::runtime::get;

/// The blob as gzip (RFC 1952), all of it in memory. Dropping the future gives up.
///
/// # Errors
/// See [`FileWorkerError`].
pub async fn gzip(blob: &Blob) -> Result<Blob, FileWorkerError> {
    let answer = ask("gzip", blob, |_| {}).await?;
    let no_blob = |_| FileWorkerError::Worker("it told no blob".to_owned());
    get(&answer, "blob").dyn_into().map_err(no_blob)
}
