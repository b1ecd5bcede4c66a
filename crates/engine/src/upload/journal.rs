//! What is known of unfinished uploads on the disk, so that they can go on after the browser was
//! closed, or their entries in Storage be deleted.
//!
//! Names, sizes, checksums and receipts lie there in clear; the permission to write is sealed with a
//! key that is not on the disk ([`messages::worker::SealPermission`]). No byte of a file is kept.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_lock::Mutex;
use keboola::upload::{Receipt, Session, Upload as Target};
use messages::ConfigurationUrl;
use messages::worker::{SealPermission, UploadPermission};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::records::{Records, RecordsError};

use super::Upload;
use crate::state::Engine;

const DATABASE: &str = "uploads";

/// An upload that is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) upload: String,
    pub(super) configuration: ConfigurationUrl,
    pub(super) name: String,
    pub(super) bytes: u64,
    /// The file's time of change, in milliseconds since 1970.
    pub(super) modified_ms: u64,
    pub(super) content_type: String,
    pub(super) tags: Vec<String>,
    pub(super) to_sandbox: bool,
    /// Id in Storage.
    pub(super) file: u64,
    /// Bytes of a part, when it goes in parts.
    pub(super) part_size: Option<u64>,
    /// The permission to go on, once it was begun.
    pub(super) sealed: Option<String>,
    /// It is over, and only its entry in Storage could not be deleted.
    pub(super) leftover: bool,
    /// Begin, in milliseconds since 1970.
    pub(super) began_ms: u64,
}

/// A part that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) receipt: Receipt,
    /// The byte behind its last one.
    pub(super) end: u64,
}

/// An upload as an earlier life of the engine left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub(super) entry: Entry,
    /// In the order of their parts.
    pub(super) taken: Vec<Taken>,
}

impl Entry {
    /// Of this entry in Storage: an upload may have had another one before.
    fn key(&self) -> String {
        format!("{}-{}", self.upload, self.file)
    }
}

impl Unfinished {
    /// Bytes that are there. Google's parts follow on one another, and each tells how far it is; the
    /// others' are of equal size, the last excepted.
    pub(super) fn sent(&self) -> u64 {
        let Some(size) = self.entry.part_size else {
            return 0;
        };
        let count = self.taken.len() as u64;
        let furthest = self.taken.iter().map(|it| it.end).max().unwrap_or(0);
        furthest.min(count * size)
    }
}

/// Keeps the journal.
pub(crate) struct Journal {
    records: Mutex<Option<Rc<Records>>>,
    /// Whether there may be entries in Storage to delete; a former engine may have left some.
    pub(super) has_leftovers: Cell<bool>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            records: Mutex::default(),
            has_leftovers: Cell::new(true),
        }
    }
}

impl Journal {
    pub(super) async fn records(&self) -> Result<Rc<Records>, RecordsError> {
        let mut slot = self.records.lock().await;
        if let Some(records) = slot.as_ref() {
            return Ok(records.clone());
        }
        let records = Rc::new(Records::open(DATABASE).await?);
        Ok(slot.insert(records).clone())
    }

    /// Keeps an entry, in place of an earlier one.
    pub(super) async fn put(&self, entry: &Entry) -> Result<(), RecordsError> {
        let text = serde_json::to_string(entry).unwrap_or_default();
        let key = format!("upload/{}", entry.key());
        self.records().await?.put(&key, &text).await
    }

    async fn put_taken(&self, entry: &Entry, taken: &Taken) -> Result<(), RecordsError> {
        let text = serde_json::to_string(taken).unwrap_or_default();
        // Not by the number of the part: Google's are counted anew when one arrived in part.
        let key = format!("part/{}/{:020}", entry.key(), taken.end);
        self.records().await?.put(&key, &text).await
    }

    /// Forgets an upload: it is over, and nothing of it is left.
    pub(super) async fn forget(&self, entry: &Entry) {
        if let Ok(records) = self.records().await {
            let upload = format!("upload/{}", entry.key());
            let parts = format!("part/{}/", entry.key());
            let _ = records.remove(&[&upload, &parts]).await;
        }
    }

    /// Keeps of an upload only that its entry in Storage is to be deleted.
    pub(super) async fn leave(&self, entry: &Entry) {
        self.forget(entry).await;
        let leftover = Entry {
            sealed: None,
            leftover: true,
            ..entry.clone()
        };
        let _ = self.put(&leftover).await;
        self.has_leftovers.set(true);
    }

    /// All that is kept, oldest first. What cannot be read is from another version and dropped.
    pub(super) async fn all(&self) -> Result<Vec<Unfinished>, RecordsError> {
        let records = self.records().await?;
        let mut taken: BTreeMap<String, Vec<Taken>> = BTreeMap::new();
        for (key, text) in records.all("part/").await? {
            let of = key.split('/').nth(1).unwrap_or_default().to_owned();
            let parts = taken.entry(of).or_default();
            parts.extend(serde_json::from_str::<Taken>(&text));
        }
        let mut all: Vec<Unfinished> = records
            .all("upload/")
            .await?
            .into_iter()
            .filter_map(|(_, text)| serde_json::from_str::<Entry>(&text).ok())
            .map(|entry| Unfinished {
                taken: taken.remove(&entry.key()).unwrap_or_default(),
                entry,
            })
            .collect();
        all.sort_by_key(|it| it.entry.began_ms);
        for of in taken.into_keys() {
            let _ = records.remove(&[&format!("part/{of}/")]).await;
        }
        Ok(all)
    }
}

/// Notes down how one upload goes, beside it: nothing waits for the disk.
#[derive(Clone)]
pub(super) struct Notes {
    engine: Rc<Engine>,
    upload: Rc<Upload>,
    entry: Entry,
}

impl Notes {
    pub(super) fn new(engine: Rc<Engine>, upload: Rc<Upload>, entry: Entry) -> Self {
        Self {
            engine,
            upload,
            entry,
        }
    }

    /// It was begun in parts of `size` bytes.
    pub(super) fn begun(&self, size: u64, target: &Target, session: &Session) {
        let seal = SealPermission {
            configuration: self.entry.configuration.clone(),
            file: self.entry.file,
            permission: UploadPermission {
                target: target.clone(),
                session: session.clone(),
            },
        };
        let (own, mut entry) = (self.clone(), self.entry.clone());
        spawn_local(async move {
            let Ok(sealed) = call(&seal).await else {
                return;
            };
            entry.part_size = Some(size);
            entry.sealed = Some(sealed);
            if own.is_current() {
                let kept = own.engine.journal.put(&entry).await;
                tell(&own.engine, &own.upload, &kept);
            }
        });
    }

    /// A part is there.
    pub(super) fn taken(&self, receipt: &Receipt, end: u64) {
        let taken = Taken {
            receipt: receipt.clone(),
            end,
        };
        let own = self.clone();
        spawn_local(async move {
            if own.is_current() {
                let kept = own.engine.journal.put_taken(&own.entry, &taken).await;
                tell(&own.engine, &own.upload, &kept);
            }
        });
    }

    /// Whether the upload still goes to this entry: a later one may have taken its place.
    fn is_current(&self) -> bool {
        self.upload.view().file == Some(self.entry.file)
    }
}

/// A disk that is full is no reason to stop, only to say so.
pub(super) fn tell(engine: &Engine, upload: &Upload, kept: &Result<(), RecordsError>) {
    if kept.is_err() {
        let note = "The browser could not note this upload down (is the disk full?): it cannot go on \
                    after the browser was closed.";
        upload.change(|view| view.note = Some(note.to_owned()));
        engine.publish_upload(upload.view());
    }
}
