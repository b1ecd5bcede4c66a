//! The checksums of chosen files, before anything is sent.

use futures::future::abortable;
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use webext::file_sums::{FileSums, FileSumsError, file_sums};

use super::picked::{Picked, Picks};

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
                    Err(FileSumsError::Unreadable) => self.refuse(id),
                    Err(FileSumsError::Worker(_)) => self.set_sum(id, Sum::None),
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

    fn set_sum(self, id: u32, sum: Sum) {
        self.sums.update(|sums| {
            sums.insert(id, sum);
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
