//! One chosen file before it is sent.

use std::collections::HashSet;

use messages::Problem;
use ui::controls::{Look, button, copy_button};
use ui::dom::prelude::*;
use ui::format::short_checksum;

use super::offer::offer;
use super::picked::{Picked, Picks};
use super::sums::Sum;
use super::target::Target;
use super::words::{checksum_read, explanation, kind};

/// The row.
pub(super) fn picked_row(picks: Picks, target: Target, picked: &Picked) -> El {
    let id = picked.id;
    let path = picked.place.path().to_owned();
    // Storage has no folders, the sandbox has.
    let stored_name = picked.place.is_in_folder().then(|| {
        let name = picked.place.stored_name();
        move || {
            let name = name.clone();
            let stored = target.to_storage.get();
            stored.then(|| span().child(("in Storage: ", code().child(name))))
        }
    });
    let refused = picked.refusal.as_ref().map(refused);
    let checksum = refused.is_none().then(|| checksum(picks, id, picked.bytes));
    li().attr("class", "item").child((
        div().attr("class", "row").child((
            strong().attr("class", "grow").child(path.clone()),
            button(Look::Quiet, "Remove", move || {
                picks.drop_picks(&HashSet::from([id]));
            })
            .attr("aria-label", format!("Remove {path}")),
        )),
        div().attr("class", "meta").child((
            span().child(kind(picked.bytes, &picked.content_type)),
            span().child(if refused.is_some() {
                "not uploaded"
            } else {
                "ready to upload"
            }),
            checksum,
            stored_name,
        )),
        refused,
        offer(picks, picked, target),
    ))
}

fn checksum(picks: Picks, id: u32, bytes: u64) -> View {
    let sum = Memo::new(move |_| picks.sums.with(|sums| sums.get(&id).cloned()));
    (move || match sum.get() {
        None => span().child(checksum_read(0, bytes)).into_any(),
        Some(Sum::Reading(read)) => span().child(checksum_read(read, bytes)).into_any(),
        Some(Sum::Known(sums)) => sha256_view(sums.sha256),
        Some(Sum::None) => ().into_any(),
    })
    .into_any()
}

/// A SHA-256, shortened, with a button that copies all of it.
pub(super) fn sha256_view(sha256: String) -> View {
    span()
        .attr("class", "copy")
        .child((
            "sha256 ",
            code()
                .attr("title", sha256.clone())
                .child(short_checksum(&sha256)),
            copy_button("Copy checksum", sha256),
        ))
        .into_any()
}

fn refused(problem: &Problem) -> El {
    p().attr("class", "failure").attr("role", "alert").child((
        strong().child(problem.code.what()),
        " ",
        explanation(problem),
    ))
}
