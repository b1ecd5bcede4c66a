//! Saving a file of Storage on this computer.
//!
//! The signed URL must not be visited: it would stand in the browser's history and its list of
//! downloads, and whoever reads it there may read the file for an hour. `chrome.downloads` needs a
//! permission that we do not ask for, and a file picker (`showSaveFilePicker`) is refused to a frame
//! of another origin, which the panel is. So the file is fetched into a `Blob`, which the browser
//! keeps on its disk when it is large, checked, and handed over as a `blob:` URL that says nothing.

use messages::worker::{OpenStoredFile, StoredFile};
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use web_sys::Blob;
use webext::calls::call;
use webext::download::fetch_blob;
use webext::file_sums::{FileWorkerError, file_sums};

use super::earlier::Earlier;

/// How a download stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Download {
    /// So many bytes are here.
    Fetching(u64),
    /// So many bytes were compared with the checksum.
    Checking(u64),
    /// Handed to the browser. Whether its checksum was compared.
    Saved { checked: bool },
    /// Did not work; nothing was saved.
    Failed(Problem),
}

impl Earlier {
    /// Downloads a file, unless that goes on already.
    pub(super) fn download(self, file: StoredFile) {
        let id = file.id;
        let going_on = self.downloads.with_untracked(|all| {
            matches!(
                all.get(&id),
                Some(Download::Fetching(_) | Download::Checking(_))
            )
        });
        if going_on {
            return;
        }
        self.set_download(id, Download::Fetching(0));
        leptos::task::spawn_local(async move {
            let end = match self.fetch(&file).await {
                Ok(checked) => Download::Saved { checked },
                Err(problem) => Download::Failed(problem),
            };
            self.set_download(id, end);
        });
    }

    /// Asks the browser for the cloud storage's hosts, then downloads. Must be called within a click.
    pub(super) fn allow_and_download(self, hosts: String, file: StoredFile) {
        leptos::task::spawn_local(async move {
            if webext::permissions::request(&[&hosts]).await {
                self.download(file);
            }
        });
    }

    fn set_download(self, file: u64, download: Download) {
        self.downloads.update(|all| {
            all.insert(file, download);
        });
    }

    async fn fetch(self, file: &StoredFile) -> Result<bool, Problem> {
        let id = file.id;
        let content = call(&OpenStoredFile {
            configuration: self.panel.url(),
            file: id,
        })
        .await?;
        let parts = js_sys::Array::new();
        let mut before = 0;
        for url in &content.urls {
            let told = move |received| self.set_download(id, Download::Fetching(before + received));
            let part = fetch_blob(url, content.headers.clone(), told)
                .await
                .map_err(|error| failed(&error.to_string()))?;
            before += size(&part);
            parts.push(&part);
        }
        let blob = Blob::new_with_blob_sequence(&parts)
            .map_err(|_| failed("the browser could not keep the file"))?;
        // The parts of a sliced file may be packed, and Storage counts what is in them.
        if let Some(bytes) = content.bytes.filter(|_| content.urls.len() == 1)
            && bytes != size(&blob)
        {
            return Err(failed(&format!("{} of {bytes} bytes came", size(&blob))));
        }
        if let Some(sha256) = &file.sha256 {
            self.compare(id, &blob, sha256).await?;
        }
        crate::download::blob(&file.name, &blob)
            .map_err(|_| failed("the browser did not take the file"))?;
        Ok(file.sha256.is_some())
    }

    async fn compare(self, id: u64, blob: &Blob, sha256: &str) -> Result<(), Problem> {
        let told = move |read| self.set_download(id, Download::Checking(read));
        match file_sums(blob, told).await {
            Ok(sums) if sums.sha256 == sha256 => Ok(()),
            Ok(sums) => Err(Problem::with(
                ProblemCode::DownloadDiffers,
                format!("SHA-256 {} instead of {sha256}", sums.sha256),
            )),
            Err(FileWorkerError::Unreadable) => Err(failed("the browser lost the file")),
            Err(error) => Err(failed(&error.to_string())),
        }
    }
}

fn failed(why: &str) -> Problem {
    Problem::with(ProblemCode::DownloadFailed, why)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a size
fn size(blob: &Blob) -> u64 {
    blob.size() as u64
}
