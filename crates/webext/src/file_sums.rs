//! Checksums of files, computed by the page's [`crate::file_worker`], one file after the other.

use web_sys::Blob;

pub use crate::file_worker::FileWorkerError;
use crate::file_worker::ask;
use crate::runtime::{get, text};

/// The checksums of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSums {
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// CRC-32, as zip has it.
    pub crc32: u32,
}

/// Computes them; `on_read` is told the bytes read so far. Dropping the future gives up.
///
/// # Errors
/// See [`FileWorkerError`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a CRC-32
pub async fn file_sums(
    blob: &Blob,
    on_read: impl FnMut(u64) + 'static,
) -> Result<FileSums, FileWorkerError> {
    let answer = ask("sums", blob, on_read).await?;
    match (text(&answer, "sha256"), get(&answer, "crc32").as_f64()) {
        (Some(sha256), Some(crc32)) => Ok(FileSums {
            sha256,
            crc32: crc32 as u32,
        }),
        _ => Err(FileWorkerError::Worker("it told no checksums".to_owned())),
    }
}
