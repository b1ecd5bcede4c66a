//! Handing chosen files to the engine, and what is kept of them to try again.

use std::collections::HashSet;

use messages::engine::{
    CancelUpload, NewUpload, RemoveUpload, StartUploads, UploadPhase, UploadTo, UploadView,
};
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use ui::feed::is_under_way;
use web_sys::File;
use webext::calls::{call, call_with_files};

use super::picked::Picks;
use super::place::Place;
use super::target::Target;

/// How many files are handed over by one message: those for Storage are prepared in lots, too.
const AT_A_TIME: usize = 50;

/// The same for files that go straight into the sandbox: one archive is made of what is there.
const STRAIGHT_AT_A_TIME: usize = 500;

/// How many of them leave the list of chosen files together.
const DROPPED_TOGETHER: usize = 500;

/// A file that was handed to the engine, with what was asked.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) file: File,
    pub(super) place: Place,
    /// SHA-256, when it was known by then.
    pub(super) sha256: Option<String>,
    pub(super) to: UploadTo,
}

impl Picks {
    /// Hands chosen files to the engine, in their order.
    ///
    /// # Errors
    /// The first problem; the files that were not handed over stay chosen.
    pub(super) async fn hand_over(self, ids: &[u32], target: Target) -> Result<(), Problem> {
        let to = target.chosen(&self.panel.url());
        let mut gone = HashSet::new();
        let at_a_time = match to {
            UploadTo::Storage { .. } => AT_A_TIME,
            UploadTo::Sandbox { .. } => STRAIGHT_AT_A_TIME,
        };
        for some in ids.chunks(at_a_time) {
            // Cancel all was pressed: the rest stays chosen.
            if !self.busy.get_untracked() {
                break;
            }
            let chosen = some.iter().filter_map(|id| {
                let sent = Sent {
                    file: self.file(*id)?,
                    place: self.picked(*id)?.place,
                    sha256: self.sha256(*id),
                    to: to.clone(),
                };
                Some((*id, sent))
            });
            let (ids, sent): (HashSet<u32>, Vec<Sent>) = chosen.unzip();
            if let Err(problem) = self.send(sent).await {
                self.drop_picks(&gone);
                return Err(problem);
            }
            gone.extend(ids);
            // Each time the rows of those that follow are made.
            if gone.len() >= DROPPED_TOGETHER {
                self.drop_picks(&std::mem::take(&mut gone));
            }
        }
        self.drop_picks(&gone);
        Ok(())
    }

    /// Sends files that go to the same place.
    async fn send(self, sent: Vec<Sent>) -> Result<(), Problem> {
        let Some(first) = sent.first() else {
            return Ok(());
        };
        let new = |it: &Sent| NewUpload {
            name: match it.to {
                UploadTo::Storage { .. } => it.place.stored_name(),
                // There its folders are real ones.
                UploadTo::Sandbox { .. } => it.place.path().to_owned(),
            },
            sha256: it.sha256.clone(),
        };
        let start = StartUploads {
            configuration: self.panel.url(),
            files: sent.iter().map(new).collect(),
            to: first.to.clone(),
        };
        let files: Vec<File> = sent.iter().map(|it| it.file.clone()).collect();
        let started = call_with_files(&start, &files).await?;
        self.files.update_value(|files| {
            files.sent.extend(started.uploads.into_iter().zip(sent));
        });
        Ok(())
    }

    /// Whether the file of an upload is still at hand; after a reload of the panel it is not.
    pub(super) fn has_file(self, upload: &str) -> bool {
        self.files
            .with_value(|files| files.sent.contains_key(upload))
    }

    /// The path of an upload's file, when it stood in a folder and the panel still knows.
    pub(super) fn path(self, upload: &str) -> Option<String> {
        self.files.with_value(|files| {
            let place = &files.sent.get(upload)?.place;
            place.is_in_folder().then(|| place.path().to_owned())
        })
    }

    /// Uploads the file of a failed upload again.
    pub(super) fn retry(self, upload: String) {
        leptos::task::spawn_local(async move {
            self.failed.set(self.try_again(upload).await.err());
        });
    }

    async fn try_again(self, upload: String) -> Result<(), Problem> {
        let sent = self
            .files
            .try_update_value(|files| files.sent.remove(&upload))
            .flatten();
        let Some(sent) = sent else { return Ok(()) };
        call(&RemoveUpload { upload }).await?;
        self.send(vec![sent]).await
    }

    /// The uploads of this configuration that `fits` says, by id.
    fn ids(self, fits: impl Fn(&UploadView) -> bool) -> Vec<String> {
        self.panel.uploads.with_untracked(|uploads| {
            let fitting = uploads.iter().filter(|it| fits(it));
            fitting.map(|it| it.upload.clone()).collect()
        })
    }

    /// Cancels what is not in Storage yet.
    pub(super) fn cancel_all(self) {
        self.busy.set(false);
        let all = self.ids(is_under_way);
        leptos::task::spawn_local(async move {
            for upload in all {
                self.failed.set(call(&CancelUpload { upload }).await.err());
            }
        });
    }

    /// Takes what is in Storage off the list.
    pub(super) fn remove_stored(self) {
        let all = self.ids(|it| it.phase == UploadPhase::Stored);
        leptos::task::spawn_local(async move {
            for upload in all {
                self.failed.set(call(&RemoveUpload { upload }).await.err());
            }
        });
    }

    /// Tries again what failed and is still at hand. Must be called within a click: the browser may
    /// have to ask for hosts.
    pub(super) fn retry_failed(self) {
        let all =
            self.ids(|it| matches!(it.phase, UploadPhase::Failed(_)) && self.has_file(&it.upload));
        let hosts = self.panel.uploads.with_untracked(|uploads| {
            uploads.iter().find_map(|it| match &it.phase {
                UploadPhase::Failed(Problem {
                    code: ProblemCode::PermissionNeeded,
                    detail,
                }) => detail.clone(),
                _ => None,
            })
        });
        leptos::task::spawn_local(async move {
            if let Some(hosts) = hosts
                && !webext::permissions::request(&[&hosts]).await
            {
                return;
            }
            for upload in all {
                if let Err(problem) = self.try_again(upload).await {
                    self.failed.set(Some(problem));
                    return;
                }
            }
        });
    }
}
