//! What Upload does: looks for copies in Storage, makes an archive where one is wanted, and hands the
//! files over.

use std::collections::HashSet;

use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;

use super::picked::{Picked, Picks};
use super::sums::Sum;
use super::target::Target;
use super::zip_name;
use super::zipping::{Content, zip};

/// How often a checksum is looked for that is being computed.
const LOOK_MS: u32 = 50;

impl Picks {
    /// The chosen files that can be uploaded.
    pub(super) fn ready(self) -> Vec<Picked> {
        self.list.with(|list| {
            let ready = list.iter().filter(|it| it.refusal.is_none());
            ready.cloned().collect()
        })
    }

    /// Uploads every file that can be, one by one or as an archive. What Storage has already stays on
    /// the list with its offer.
    pub(super) fn upload(self, target: Target) {
        let ready = self.list.with_untracked(|list| {
            let ready = list.iter().filter(|it| it.refusal.is_none());
            ready.cloned().collect::<Vec<_>>()
        });
        let as_zip = target.as_zip.get_untracked() && ready.len() > 1;
        self.begin(async move {
            let ids = if as_zip {
                vec![self.make_zip(ready, target).await?]
            } else {
                ready.iter().map(|it| it.id).collect()
            };
            self.send_new(ids, target).await
        });
    }

    /// Uploads these, whatever Storage has.
    pub(super) fn upload_these(self, ids: Vec<u32>, target: Target) {
        self.begin(async move { self.hand_over(&ids, target).await });
    }

    fn begin(self, work: impl Future<Output = Result<(), Problem>> + 'static) {
        self.failed.set(None);
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            self.failed.set(work.await.err());
            self.doing.set(None);
            self.busy.set(false);
        });
    }

    /// Hands over what is not in Storage. A file waits for its checksum only where an earlier one has
    /// its size.
    async fn send_new(self, ids: Vec<u32>, target: Target) -> Result<(), Problem> {
        if !target.to_storage.get_untracked() {
            return self.hand_over(&ids, target).await;
        }
        self.doing.set(Some("Looking for copies in Storage…"));
        // When Storage does not answer, what was read before has to do; the upload itself says why.
        self.earlier.read().await;
        let copies = self.earlier.copies.get_untracked();
        let bytes = |id: &u32| self.picked(*id).map_or(0, |it| it.bytes);
        let anyway = self.anyway.get_untracked();
        let (unsure, new): (Vec<u32>, Vec<u32>) = ids
            .into_iter()
            .partition(|id| copies.may_have(bytes(id)) && !anyway.contains(id));
        self.hand_over(&new, target).await?;
        let mut new = Vec::new();
        for id in unsure {
            let known = self.sum_of(id).await;
            let is_there = |sha256: &str| copies.find(sha256, bytes(&id)).is_some();
            match known {
                Some(Sum::Known(sums)) if is_there(&sums.sha256) => {}
                Some(_) => new.push(id),
                // It was removed or refused meanwhile.
                None => {}
            }
        }
        self.hand_over(&new, target).await
    }

    /// The checksums of a pick when they are there; `None` when the pick went away.
    async fn sum_of(self, id: u32) -> Option<Sum> {
        loop {
            if !self.busy.get_untracked() || self.picked(id)?.refusal.is_some() {
                return None;
            }
            match self.sums.with_untracked(|sums| sums.get(&id).cloned()) {
                Some(sum @ (Sum::Known(_) | Sum::None)) => return Some(sum),
                Some(Sum::Reading(_)) | None => webext::timer::sleep_ms(LOOK_MS).await,
            }
        }
    }

    /// Puts an archive of the files on the list instead of them.
    async fn make_zip(self, files: Vec<Picked>, target: Target) -> Result<u32, Problem> {
        let name = target.zip_name.get_untracked();
        let name = name.unwrap_or_else(|| zip_name::suggested(files.iter().map(|it| &it.place)));
        let name = zip_name::of_field(&name)?;
        self.doing.set(Some("Reading the files for the archive…"));
        let mut contents = Vec::with_capacity(files.len());
        for picked in &files {
            let path = picked.place.path();
            let (Some(Sum::Known(sums)), Some(file)) =
                (self.sum_of(picked.id).await, self.file(picked.id))
            else {
                let why = format!("{path} could not be read, or was removed");
                return Err(Problem::with(ProblemCode::ZipFailed, why));
            };
            contents.push(Content {
                place: picked.place.clone(),
                file,
                bytes: picked.bytes,
                crc32: sums.crc32,
            });
        }
        let archive = zip(&name, &contents)?;
        let ids: HashSet<u32> = files.iter().map(|it| it.id).collect();
        let Some(made) = self.add_made(name, archive) else {
            let why = "an archive of the same files is on the list already";
            return Err(Problem::with(ProblemCode::ZipFailed, why));
        };
        self.drop_picks(&ids);
        Ok(made)
    }
}
