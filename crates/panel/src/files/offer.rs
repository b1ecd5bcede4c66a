//! What a chosen file's row offers when Storage has the same content already.

use std::collections::HashSet;

use messages::worker::StoredFile;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice};

use super::picked::{Picked, Picks};
use super::sums::Sum;
use super::target::Target;

impl Picks {
    /// The earlier file with the same content, unless the person wants it uploaded anyway.
    pub(super) fn copy(self, id: u32, bytes: u64) -> Option<StoredFile> {
        self.anyway.track();
        self.sums.track();
        self.earlier.copies.track();
        self.copy_untracked(id, bytes)
    }

    fn copy_untracked(self, id: u32, bytes: u64) -> Option<StoredFile> {
        if self.anyway.with_untracked(|anyway| anyway.contains(&id)) {
            return None;
        }
        self.sums.with_untracked(|sums| match sums.get(&id) {
            Some(Sum::Known(sums)) => self
                .earlier
                .copies
                .with_untracked(|copies| copies.find(&sums.sha256, bytes).cloned()),
            _ => None,
        })
    }

    /// Uses what is in Storage instead of these.
    fn use_stored(self, offers: &[(u32, StoredFile)]) {
        for (_, file) in offers {
            self.earlier.add(file.id);
        }
        self.drop_picks(&offers.iter().map(|(id, _)| *id).collect());
    }

    /// Uploads these although they are in Storage.
    fn upload_anyway(self, ids: Vec<u32>, target: Target) {
        self.anyway.update(|anyway| anyway.extend(&ids));
        self.upload_these(ids, target);
    }
}

/// The offer of one row.
pub(super) fn offer(picks: Picks, picked: &Picked, target: Target) -> View {
    let (id, bytes, path) = (picked.id, picked.bytes, picked.place.path().to_owned());
    // What does not go to Storage needs no copy there.
    let copy = Memo::new(move |_| target.to_storage.get().then(|| picks.copy(id, bytes))?);
    (move || {
        copy.get().map(|file| {
            let words = format!("Already in Storage as {}, {}.", file.id, file.name);
            let taken = vec![(id, file)];
            let buttons = (
                button(Look::Plain, "Use it", move || picks.use_stored(&taken))
                    .attr("title", "Nothing is sent; runs get the file that is there")
                    .attr("aria-label", format!("Use it: {path}")),
                button(Look::Quiet, "Upload anyway", move || {
                    picks.upload_anyway(vec![id], target);
                })
                .attr("aria-label", format!("Upload anyway: {path}")),
            );
            let content = (p().child(words), div().attr("class", "row").child(buttons));
            notice(Tone::Info, content.into_any())
        })
    })
    .into_any()
}

/// The offer of all rows together, when there are several.
pub(super) fn offers(picks: Picks, target: Target) -> View {
    let found = Memo::new(move |_| {
        if !target.to_storage.get() {
            return Vec::new();
        }
        // Looked at once for all of them, and not at all for sizes that Storage does not have: there
        // may be thousands, and this is asked whenever a checksum is known.
        let may_have = |it: &&Picked| {
            picks
                .earlier
                .copies
                .with_untracked(|all| all.may_have(it.bytes))
        };
        picks.earlier.copies.track();
        picks.sums.track();
        picks.anyway.track();
        picks.list.with(|list| {
            let offers = list.iter().filter(may_have).filter_map(|it| {
                let copy = picks.copy_untracked(it.id, it.bytes)?;
                Some((it.id, copy))
            });
            offers.collect::<Vec<_>>()
        })
    });
    (move || {
        let found = found.get();
        (found.len() > 1).then(|| {
            let words = format!(
                "{} of the chosen files are in Storage already. They are not sent before you choose.",
                found.len()
            );
            let ids: HashSet<u32> = found.iter().map(|(id, _)| *id).collect();
            let buttons = (
                button(Look::Plain, format!("Use all {}", ids.len()), move || {
                    picks.use_stored(&found);
                }),
                button(
                    Look::Quiet,
                    format!("Upload all {} anyway", ids.len()),
                    move || picks.upload_anyway(ids.iter().copied().collect(), target),
                ),
            );
            let content = (
                p().child(words),
                div().attr("class", "row").child(buttons),
            );
            notice(Tone::Info, content.into_any())
        })
    })
    .into_any()
}
