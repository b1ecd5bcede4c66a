//! The checksums of chosen files, before anything is sent.

use futures::future::abortable;
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use webext::file_sums::{FileSums, FileWorkerError, file_sums};

use super::picked::{Picked, Picks};

/// How long what is known of checksums is gathered, in milliseconds.
const GATHER_MS: u32 = 100;

/// What is known of a file's checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    /// So many bytes are read; others may come first.
    Reading(u64),
    /// All of it was read.
    Known(FileSums),
    /// They cannot be computed in this panel; the upload tries again.
    None,
}

impl Picks {
    /// Reads files for their checksums, one after the other.
    pub(super) fn read_sums(self, new: &[Picked]) {
        for picked in new.iter().filter(|it| it.refusal.is_none()) {
            let id = picked.id;
            let Some(file) = self.file(id) else { continue };
            let (work, handle) = abortable(async move {
                let on_read = move |read| self.set_sum(id, Sum::Reading(read));
                match file_sums(&file, on_read).await {
                    Ok(sums) => self.set_sum(id, Sum::Known(sums)),
                    Err(FileWorkerError::Unreadable) => self.refuse(id),
                    Err(FileWorkerError::Worker(_)) => self.set_sum(id, Sum::None),
                }
                self.files.update_value(|files| {
                    files.reading.remove(&id);
                });
            });
            self.files.update_value(|files| {
                files.reading.insert(id, handle);
            });
            leptos::task::spawn_local(async move {
                let _ = work.await;
            });
        }
    }

    /// Tells it, with what else is known in the next moment: every change wakes each row, and of a
    /// thousand small files there are thousands.
    fn set_sum(self, id: u32, sum: Sum) {
        let is_first = self.files.try_update_value(|files| {
            let is_first = files.new_sums.is_empty();
            files.new_sums.insert(id, sum);
            is_first
        });
        if is_first != Some(true) {
            return;
        }
        leptos::task::spawn_local(async move {
            webext::timer::sleep_ms(GATHER_MS).await;
            let new = self.files.try_update_value(|files| {
                let mut new = std::mem::take(&mut files.new_sums);
                new.retain(|id, _| files.picked.contains_key(id));
                new
            });
            self.sums
                .update(|sums| sums.extend(new.unwrap_or_default()));
        });
    }

    /// A file that cannot be read will not be uploaded.
    fn refuse(self, id: u32) {
        self.list.update(|list| {
            if let Some(picked) = list.iter_mut().find(|it| it.id == id) {
                let name = picked.place.path().to_owned();
                picked.refusal = Some(Problem::with(ProblemCode::FileUnreadable, name));
            }
        });
    }

    /// The SHA-256 of a pick, once it is known.
    pub(super) fn sha256(self, id: u32) -> Option<String> {
        self.sums.with_untracked(|sums| match sums.get(&id) {
            Some(Sum::Known(sums)) => Some(sums.sha256.clone()),
            _ => None,
        })
    }
}
