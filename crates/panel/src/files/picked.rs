//! The files that were chosen and wait for Upload.

use std::collections::{HashMap, HashSet};

use futures::future::AbortHandle;
use messages::Problem;
use messages::engine::{ResumeUpload, UploadPhase};
use ui::dom::prelude::*;
use web_sys::File;
use webext::calls::call_with_files;

use super::choice::refusal;
use super::earlier::Earlier;
use super::gather::{Found, Gathered};
use super::handed_over::Sent;
use super::left_out::LeftOut;
use super::place::Place;
use super::sums::Sum;
use crate::state::Panel;

/// A picked file as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picked {
    /// Number of the pick.
    pub(super) id: u32,
    /// Where it stood.
    pub(super) place: Place,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its MIME type, as the browser knows it.
    pub(super) content_type: String,
    /// Why it cannot be uploaded.
    pub(super) refusal: Option<Problem>,
}

/// What makes two picks the same file: path, size, time of change.
type Identity = (Place, u64, u64);

#[derive(Default)]
pub(super) struct Files {
    picks: u32,
    pub(super) picked: HashMap<u32, File>,
    known: HashSet<Identity>,
    pub(super) sent: HashMap<String, Sent>,
    /// Files that are being read for their checksums.
    pub(super) reading: HashMap<u32, AbortHandle>,
    /// What is known of checksums and not told yet.
    pub(super) new_sums: HashMap<u32, Sum>,
}

/// The picked files.
#[derive(Clone, Copy)]
pub(super) struct Picks {
    pub(super) panel: Panel,
    pub(super) files: StoredValue<Files, LocalStorage>,
    /// What is shown.
    pub(super) list: RwSignal<Vec<Picked>>,
    /// The checksums of what is shown.
    pub(super) sums: RwSignal<HashMap<u32, Sum>>,
    /// Those that are uploaded although Storage has their content already.
    pub(super) anyway: RwSignal<HashSet<u32>>,
    /// The files that were uploaded earlier.
    pub(super) earlier: Earlier,
    /// What of the last choice was left out.
    pub(super) left_out: RwSignal<LeftOut>,
    /// Why the last hand-over did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// Files are being handed over.
    pub(super) busy: RwSignal<bool>,
    /// What Upload is waiting for.
    pub(super) doing: RwSignal<Option<&'static str>>,
}

impl Picks {
    /// None yet.
    pub(super) fn new(panel: Panel, earlier: Earlier) -> Self {
        Self {
            panel,
            files: StoredValue::new_local(Files::default()),
            list: RwSignal::new(Vec::new()),
            sums: RwSignal::default(),
            anyway: RwSignal::default(),
            earlier,
            left_out: RwSignal::default(),
            failed: RwSignal::new(None),
            busy: RwSignal::new(false),
            doing: RwSignal::new(None),
        }
    }

    /// Adds files; one that is there already is not added again.
    pub(super) fn add(self, gathered: Gathered) {
        self.failed.set(None);
        let mut left_out = gathered.left_out;
        let mut new = Vec::new();
        for Found { place, file } in gathered.found {
            if let Some(upload) = self.interrupted(&place, &file) {
                self.resume(upload, file);
                continue;
            }
            match self.put(place, file) {
                Some(picked) => new.push(picked),
                None => left_out.known += 1,
            }
        }
        self.left_out.set(left_out);
        if !new.is_empty() {
            self.read_sums(&new);
            self.list.update(|list| list.extend(new));
        }
    }

    /// Adds one file that was made here; the answer is its number.
    pub(super) fn add_made(self, place: Place, file: File) -> Option<u32> {
        let picked = self.put(place, file)?;
        let id = picked.id;
        self.read_sums(std::slice::from_ref(&picked));
        self.list.update(|list| list.push(picked));
        Some(id)
    }

    fn put(self, place: Place, file: File) -> Option<Picked> {
        let bytes = size(&file);
        let identity = (place.clone(), bytes, modified_ms(&file));
        let picked = self.files.try_update_value(|files| {
            files.known.insert(identity).then(|| {
                files.picks += 1;
                Picked {
                    id: files.picks,
                    bytes,
                    content_type: file.type_(),
                    refusal: refusal(&place, bytes),
                    place,
                }
            })
        });
        let picked = picked.flatten()?;
        self.files.update_value(|files| {
            files.picked.insert(picked.id, file);
        });
        Some(picked)
    }

    /// The upload to Storage that ended with the browser and has this file's name and size.
    fn interrupted(self, place: &Place, file: &File) -> Option<String> {
        let (name, bytes, own) = (place.stored_name(), size(file), self.panel.url().key());
        self.panel.uploads.with_untracked(|uploads| {
            let found = uploads.iter().find(|it| {
                matches!(it.phase, UploadPhase::Interrupted { .. })
                    && it.straight_to.is_none()
                    && (&it.configuration, &it.name, it.bytes) == (&own, &name, bytes)
            });
            found.map(|it| it.upload.clone())
        })
    }

    /// Goes on with an upload that ended with the browser.
    pub(super) fn resume(self, upload: String, file: File) {
        self.failed.set(None);
        leptos::task::spawn_local(async move {
            let reply = call_with_files(&ResumeUpload { upload }, &[file]).await;
            self.failed.set(reply.err());
        });
    }

    /// A pick as it is shown.
    pub(super) fn picked(self, id: u32) -> Option<Picked> {
        self.list
            .with_untracked(|list| list.iter().find(|it| it.id == id).cloned())
    }

    /// The file of a pick.
    pub(super) fn file(self, id: u32) -> Option<File> {
        self.files
            .with_value(|files| files.picked.get(&id).cloned())
    }

    /// Takes picked files off the list.
    pub(super) fn drop_picks(self, ids: &HashSet<u32>) {
        let mut gone = Vec::new();
        self.list.update(|list| {
            list.retain(|it| {
                let stays = !ids.contains(&it.id);
                if !stays {
                    gone.push((it.id, it.place.clone(), it.bytes));
                }
                stays
            });
        });
        self.sums
            .update(|sums| sums.retain(|id, _| !ids.contains(id)));
        self.files.update_value(|files| {
            for (id, place, bytes) in gone {
                if let Some(reading) = files.reading.remove(&id) {
                    reading.abort();
                }
                if let Some(file) = files.picked.remove(&id) {
                    files.known.remove(&(place, bytes, modified_ms(&file)));
                }
            }
        });
    }

    /// Takes all picked files off the list.
    pub(super) fn drop_all(self) {
        let all = self
            .list
            .with_untracked(|list| list.iter().map(|it| it.id).collect());
        self.drop_picks(&all);
        self.left_out.set(LeftOut::default());
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a whole number below 2^53
pub(super) fn size(file: &File) -> u64 {
    file.size() as u64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time
fn modified_ms(file: &File) -> u64 {
    file.last_modified().max(0.0) as u64
}
