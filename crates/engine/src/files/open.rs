//! Leave to read one file: a URL that is good for this file and some minutes. The bytes go from the
//! sandbox to whoever asked, never through here.

use e2b::EnvdError;
use messages::Problem;
use messages::engine::{OpenEntry, OpenedEntry};
use webext::clock;

use super::ask;
use crate::problems::new_id;
use crate::state::Engine;

/// How long the URL is good, in seconds: a download that began goes on after that.
const VALID_SECONDS: u64 = 600;

/// Where archives of folders stand until they were read.
const ARCHIVES: &str = "/tmp/.kbc-e2b/archives";

/// Opens a file, or packs a folder and opens the archive.
///
/// # Errors
/// `NoSandbox`, `EntryMissing`, `EntryRefused`, `SandboxFull` for a folder.
pub(crate) async fn open(engine: &Engine, call: &OpenEntry) -> Result<OpenedEntry, Problem> {
    ask(engine, &call.configuration, async |envd| {
        let (path, changed) = match call.folder {
            false => (call.path.clone(), false),
            true => {
                let archive = format!("{ARCHIVES}/{}.tar.gz", new_id());
                match envd.pack(&call.path, &archive).await {
                    Ok(changed) => (archive, changed),
                    Err(error) => {
                        // Half an archive is of no use and may be what fills the disk.
                        let _ = envd.remove(&archive).await;
                        return Err(error);
                    }
                }
            }
        };
        let gone = || EnvdError::NotFound {
            message: path.clone(),
        };
        let entry = envd.stat(&path).await?.ok_or_else(gone)?;
        // The sandbox holds the end against its own clock, with which ours need not agree.
        let now = envd.now().unwrap_or_else(|| clock::unix_ms() / 1_000);
        let request = envd.download_request(&path, now + VALID_SECONDS)?;
        Ok(OpenedEntry {
            url: request.url,
            headers: request.headers,
            path,
            changed,
            bytes: entry.bytes,
        })
    })
    .await
}
