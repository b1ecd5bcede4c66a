//! The files that were picked, and those that were handed over and may be asked for again.

use std::collections::HashMap;

use messages::engine::{RemoveUpload, ResumeUpload, StartUpload, UploadPhase};
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use web_sys::File;
use webext::calls::{call, call_with_file};

use super::choice::{refusal, tags};
use super::target::Target;
use crate::state::Panel;

/// A picked file as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picked {
    /// Number of the pick.
    pub(super) id: u32,
    /// Name of the file.
    pub(super) name: String,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its MIME type, as the browser knows it.
    pub(super) content_type: String,
    /// Why it cannot be uploaded.
    pub(super) refusal: Option<ProblemCode>,
}

/// A file that was handed to the engine, with what was asked.
struct Sent {
    file: File,
    tags: Vec<String>,
    to_sandbox: bool,
}

#[derive(Default)]
struct Files {
    picks: u32,
    picked: HashMap<u32, File>,
    sent: HashMap<String, Sent>,
}

/// The picked files.
#[derive(Clone, Copy)]
pub(super) struct Picks {
    panel: Panel,
    files: StoredValue<Files, LocalStorage>,
    /// What is shown.
    pub(super) list: RwSignal<Vec<Picked>>,
    /// Names of folders that were dropped.
    pub(super) folders: RwSignal<Vec<String>>,
    /// Why the last hand-over did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// Files are being handed over.
    pub(super) busy: RwSignal<bool>,
}

impl Picks {
    /// None yet.
    pub(super) fn new(panel: Panel) -> Self {
        Self {
            panel,
            files: StoredValue::new_local(Files::default()),
            list: RwSignal::new(Vec::new()),
            folders: RwSignal::new(Vec::new()),
            failed: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Adds files; one that is there already is not added again.
    pub(super) fn add(self, new: Vec<File>) {
        self.failed.set(None);
        for file in new {
            if let Some(upload) = self.interrupted(&file) {
                self.resume(upload, file);
                continue;
            }
            let shown = Picked {
                id: 0,
                name: file.name(),
                bytes: size(&file),
                content_type: file.type_(),
                refusal: refusal(&file.name(), size(&file)),
            };
            let known = self.files.with_value(|files| {
                files.picked.values().any(|it| {
                    it.name() == shown.name
                        && size(it) == shown.bytes
                        && it.last_modified() == file.last_modified()
                })
            });
            if known {
                continue;
            }
            let id = self.files.try_update_value(|files| {
                files.picks += 1;
                files.picked.insert(files.picks, file);
                files.picks
            });
            if let Some(id) = id {
                self.list.update(|list| list.push(Picked { id, ..shown }));
            }
        }
    }

    /// The upload that ended with the browser and has this file's name and size.
    fn interrupted(self, file: &File) -> Option<String> {
        let (name, bytes, own) = (file.name(), size(file), self.panel.url().key());
        self.panel.uploads.with_untracked(|uploads| {
            let found = uploads.iter().find(|it| {
                matches!(it.phase, UploadPhase::Interrupted { .. })
                    && (&it.configuration, &it.name, it.bytes) == (&own, &name, bytes)
            });
            found.map(|it| it.upload.clone())
        })
    }

    /// Goes on with an upload that ended with the browser.
    pub(super) fn resume(self, upload: String, file: File) {
        self.failed.set(None);
        leptos::task::spawn_local(async move {
            let reply = call_with_file(&ResumeUpload { upload }, &file).await;
            self.failed.set(reply.err());
        });
    }

    /// Takes a picked file off the list.
    pub(super) fn drop_pick(self, id: u32) {
        self.files.update_value(|files| {
            files.picked.remove(&id);
        });
        self.list.update(|list| list.retain(|it| it.id != id));
    }

    /// Hands every file that can be uploaded to the engine.
    pub(super) fn upload(self, target: Target) {
        let own = self.panel.url();
        let tags = tags(&target.tags.get_untracked(), &target.always(&own));
        let to_sandbox = target.to_sandbox.get_untracked();
        let ready: Vec<u32> = self.list.with_untracked(|list| {
            list.iter()
                .filter(|it| it.refusal.is_none())
                .map(|it| it.id)
                .collect()
        });
        self.failed.set(None);
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            for id in ready {
                let file = self
                    .files
                    .with_value(|files| files.picked.get(&id).cloned());
                let Some(file) = file else { continue };
                let sent = Sent {
                    file,
                    tags: tags.clone(),
                    to_sandbox,
                };
                match self.send(sent).await {
                    Ok(()) => self.drop_pick(id),
                    Err(problem) => {
                        self.failed.set(Some(problem));
                        break;
                    }
                }
            }
            self.busy.set(false);
        });
    }

    async fn send(self, sent: Sent) -> Result<(), Problem> {
        let start = StartUpload {
            configuration: self.panel.url(),
            tags: sent.tags.clone(),
            to_sandbox: sent.to_sandbox,
        };
        let started = call_with_file(&start, &sent.file).await?;
        self.files.update_value(|files| {
            files.sent.insert(started.upload, sent);
        });
        Ok(())
    }

    /// Whether the file of an upload is still at hand; after a reload of the panel it is not.
    pub(super) fn has_file(self, upload: &str) -> bool {
        self.files
            .with_value(|files| files.sent.contains_key(upload))
    }

    /// Uploads the file of a failed upload again.
    pub(super) fn retry(self, upload: String) {
        let sent = self
            .files
            .try_update_value(|files| files.sent.remove(&upload))
            .flatten();
        let Some(sent) = sent else { return };
        leptos::task::spawn_local(async move {
            let reply = match call(&RemoveUpload { upload }).await {
                Ok(()) => self.send(sent).await,
                Err(problem) => Err(problem),
            };
            self.failed.set(reply.err());
        });
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a whole number below 2^53
fn size(file: &File) -> u64 {
    file.size() as u64
}
