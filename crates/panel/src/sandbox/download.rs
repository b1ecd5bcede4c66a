//! Saving a file or folder of the sandbox on this computer. As with files of Storage, the signed URL is
//! fetched, never visited: it must not stand in the browser's history.

use messages::ProblemCode;
use messages::engine::{DeleteEntry, FolderEntry, FolderEntryKind, OpenEntry};
use ui::dom::prelude::*;
use ui::format::bytes_of;
use web_sys::Blob;
use webext::calls::call;
use webext::download::fetch_blob;

use super::browser::Browser;
use super::opened::failed;

impl Browser {
    /// Downloads a file, or a folder as an archive.
    pub(super) fn download(self, entry: FolderEntry) {
        let folder = entry.kind == FolderEntryKind::Folder;
        let words = match folder {
            true => format!("Packing {}…", entry.name),
            false => format!("Downloading {}…", entry.name),
        };
        self.begin(&words, async move {
            let open = OpenEntry {
                configuration: self.panel.url(),
                path: entry.path,
                folder,
            };
            let opened = call(&open).await?;
            let (name, whole) = (entry.name, opened.bytes);
            let told = {
                let name = name.clone();
                move |received: u64| {
                    let so_far = bytes_of(received.min(whole), whole);
                    self.doing
                        .set(Some(format!("Downloading {name}: {so_far}")));
                }
            };
            let blob = fetch_blob(&opened.url, opened.headers, told).await;
            if folder {
                // What keeps the archive does no harm: it goes with the sandbox.
                let configuration = self.panel.url();
                let path = opened.path;
                let _ = call(&DeleteEntry {
                    configuration,
                    path,
                })
                .await;
            }
            let blob = blob.map_err(|error| failed(&error.to_string()))?;
            // A file that grows while it is read is longer than it was.
            if size(&blob) < whole {
                let why = format!("{} of {whole} bytes came", size(&blob));
                return Err(failed(&why));
            }
            let name = match folder {
                true => format!("{name}.tar.gz"),
                false => name,
            };
            crate::download::blob(&name, &blob)
                .map_err(|_| failed("the browser did not take the file"))?;
            match opened.changed {
                true => Err(ProblemCode::FolderChanged.into()),
                false => Ok(()),
            }
        });
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a size
fn size(blob: &Blob) -> u64 {
    blob.size() as u64
}
