//! What is known on the disk of uploads into a sandbox that are not finished. The sandbox outlives the
//! browser for a while; so can they.
//!
//! Nothing here opens anything: names, sizes, the sandbox's id, and checksums of the parts that are in
//! their places. No byte of a file is kept.

use std::rc::Rc;

use messages::ConfigurationUrl;
use messages::engine::{SandboxCopy, UploadPhase, UploadView};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::records::RecordsError;
use webext::{clock, timer};

use super::SMALL;
use crate::state::Engine;
use crate::upload::delivery::modified_ms;
use crate::upload::journal::Journal;
use crate::upload::{Left, Upload};

/// How long after its begin a small file is noted down, in milliseconds: a thousand of them are in the
/// sandbox before a thousand notes would be written.
const SMALL_AFTER_MS: u32 = 1_000;

/// The longest life of a sandbox (reference/e2b.md §2.2), paused ones excepted.
const LIFE_MS: u64 = 24 * 3600 * 1000;

/// An upload into a sandbox that is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::upload) struct Entry {
    pub(in crate::upload) upload: String,
    pub(in crate::upload) configuration: ConfigurationUrl,
    name: String,
    pub(in crate::upload) bytes: u64,
    /// The file's time of change, in milliseconds since 1970.
    pub(in crate::upload) modified_ms: u64,
    content_type: String,
    /// Where it goes, absolute.
    pub(super) path: String,
    /// Where its parts are, once one can be there.
    pub(super) goes: Option<Goes>,
    /// Begin, in milliseconds since 1970.
    began_ms: u64,
}

/// Where parts are, and how large.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Goes {
    pub(super) sandbox: String,
    pub(super) part_size: u64,
}

/// A part that is in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) index: u32,
    /// In lower-case hex.
    pub(super) sha256: String,
}

/// An upload as an earlier life of the engine left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::upload) struct Begun {
    pub(in crate::upload) entry: Entry,
    pub(super) placed: Vec<Placed>,
}

impl Entry {
    fn key(&self) -> String {
        format!("sandbox-upload/{}", self.upload)
    }

    fn parts(&self) -> String {
        format!("sandbox-part/{}/", self.upload)
    }
}

impl Begun {
    /// Bytes that are in their places.
    pub(in crate::upload) fn sent(&self) -> u64 {
        let size = self.entry.goes.as_ref().map_or(0, |goes| goes.part_size);
        let length = |part: &Placed| {
            let from = u64::from(part.index) * size;
            self.entry.bytes.saturating_sub(from).min(size)
        };
        self.placed.iter().map(length).sum()
    }

    fn view(&self) -> UploadView {
        let entry = &self.entry;
        UploadView {
            upload: entry.upload.clone(),
            configuration: entry.configuration.key(),
            name: entry.name.clone(),
            bytes: entry.bytes,
            content_type: entry.content_type.clone(),
            sha256: None,
            phase: UploadPhase::Interrupted { sent: self.sent() },
            trouble: None,
            note: None,
            file: None,
            sandbox: SandboxCopy::None,
            straight_to: Some(entry.path.clone()),
        }
    }
}

/// Puts what is noted down on the list.
pub(in crate::upload) async fn load(engine: &Rc<Engine>) {
    // Without a journal nothing can go on, and there is nobody to tell it to.
    let Ok(all) = all(&engine.journal).await else {
        return;
    };
    for begun in all {
        let entry = &begun.entry;
        if clock::unix_ms().saturating_sub(entry.began_ms) > LIFE_MS {
            forget(&engine.journal, entry).await;
        } else if engine.upload(&entry.upload).is_none() {
            let upload = Upload::new(&entry.configuration, begun.view());
            upload.unfinished.replace(Some(Left::InSandbox(begun)));
            engine.publish_upload(upload.view());
            engine.uploads.borrow_mut().push(upload);
        }
    }
}

/// All that is noted down, oldest first. What cannot be read is from another version and dropped.
async fn all(journal: &Journal) -> Result<Vec<Begun>, RecordsError> {
    let records = journal.records().await?;
    let mut all = Vec::new();
    for (_, text) in records.all("sandbox-upload/").await? {
        let Ok(entry) = serde_json::from_str::<Entry>(&text) else {
            continue;
        };
        let parts = records.all(&entry.parts()).await?;
        let placed = parts.iter().flat_map(|(_, it)| serde_json::from_str(it));
        all.push(Begun {
            placed: placed.collect(),
            entry,
        });
    }
    all.sort_by_key(|it| it.entry.began_ms);
    Ok(all)
}

async fn put(journal: &Journal, entry: &Entry) -> Result<(), RecordsError> {
    let text = serde_json::to_string(entry).unwrap_or_default();
    journal.records().await?.put(&entry.key(), &text).await
}

/// Forgets an upload: it is over.
pub(in crate::upload) async fn forget(journal: &Journal, entry: &Entry) {
    if let Ok(records) = journal.records().await {
        let _ = records.remove(&[&entry.key(), &entry.parts()]).await;
    }
}

/// Notes down how one upload goes, beside it: nothing waits for the disk.
pub(super) struct Notes {
    engine: Rc<Engine>,
    upload: Rc<Upload>,
    pub(super) entry: Entry,
}

impl Notes {
    /// Of an upload that begins now.
    pub(super) fn begin(engine: &Rc<Engine>, upload: &Rc<Upload>, path: &str, file: &File) -> Self {
        let view = upload.view();
        let entry = Entry {
            upload: view.upload,
            configuration: upload.configuration.clone(),
            name: view.name,
            bytes: view.bytes,
            modified_ms: modified_ms(file),
            content_type: view.content_type,
            path: path.to_owned(),
            goes: None,
            began_ms: clock::unix_ms(),
        };
        let notes = Self::again(engine, upload, entry);
        let wait = (notes.entry.bytes <= SMALL).then_some(SMALL_AFTER_MS);
        notes.write(wait, notes.entry.clone(), None);
        notes
    }

    /// Of one that goes on.
    pub(super) fn again(engine: &Rc<Engine>, upload: &Rc<Upload>, entry: Entry) -> Self {
        Self {
            engine: engine.clone(),
            upload: upload.clone(),
            entry,
        }
    }

    /// Its parts go there from now on; what was placed elsewhere does not count.
    pub(super) fn goes(&self, goes: Goes) {
        let entry = Entry {
            goes: Some(goes),
            ..self.entry.clone()
        };
        let (engine, old) = (self.engine.clone(), entry.parts());
        spawn_local(async move {
            if let Ok(records) = engine.journal.records().await {
                let _ = records.remove(&[&old]).await;
            }
        });
        self.write(None, entry, None);
    }

    /// A part is in its place.
    pub(super) fn placed(&self, index: u32, sha256: &str) {
        let placed = Placed {
            index,
            sha256: sha256.to_owned(),
        };
        self.write(None, self.entry.clone(), Some(placed));
    }

    /// It is over.
    pub(super) fn forget(self) {
        spawn_local(async move { forget(&self.engine.journal, &self.entry).await });
    }

    fn write(&self, wait: Option<u32>, entry: Entry, placed: Option<Placed>) {
        let (engine, upload) = (self.engine.clone(), self.upload.clone());
        spawn_local(async move {
            if let Some(wait) = wait {
                timer::sleep_ms(wait).await;
            }
            if !upload.is_under_way() {
                return;
            }
            let written = match placed {
                None => put(&engine.journal, &entry).await,
                Some(placed) => put_placed(&engine.journal, &entry, &placed).await,
            };
            crate::upload::journal::tell(&engine, &upload, &written);
        });
    }
}

async fn put_placed(journal: &Journal, entry: &Entry, placed: &Placed) -> Result<(), RecordsError> {
    let text = serde_json::to_string(placed).unwrap_or_default();
    let key = format!("{}{:010}", entry.parts(), placed.index);
    journal.records().await?.put(&key, &text).await
}
