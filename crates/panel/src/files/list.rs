//! The list: uploads first, then the chosen files that wait for Upload; and what is done to many of
//! them at once.

use ui::controls::{Look, asking_button, button};
use ui::dom::prelude::*;
use ui::format::{bytes, counted};
use ui::notice::{Tone, notice};

use super::bulk::{Counts, SHOWN};
use super::left_out::LeftOut;
use super::offer::offers;
use super::picked::Picks;
use super::picked_row::picked_row;
use super::rows::Rows;
use super::target::Target;
use super::upload_row::upload_row;
use crate::state::Panel;

/// The list with its bars.
pub(super) fn list(panel: Panel, picks: Picks, target: Target) -> View {
    let rows = Rows::follow(panel);
    let picks_shown = RwSignal::new(SHOWN);
    let picked = Memo::new(move |_| {
        picks.list.with(|list| {
            list.iter()
                .take(picks_shown.get())
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let any = move || rows.ids.with(|it| !it.is_empty()) || picked.with(|it| !it.is_empty());
    (
        upload_bar(panel, picks),
        picks_bar(picks),
        offers(picks, target),
        ul().attr("class", "card")
            .attr("aria-label", "Files")
            .attr("hidden", move || !any())
            .child((
                keyed(
                    move || rows.ids.get(),
                    String::clone,
                    move |id| upload_row(rows, picks, id),
                ),
                more(rows.limit, "upload", move || panel.uploads.with(Vec::len)),
                keyed(
                    move || picked.get(),
                    |picked| (picked.id, picked.refusal.is_some()),
                    move |picked| picked_row(picks, target, &picked),
                ),
                more(picks_shown, "chosen file", move || {
                    picks.list.with(Vec::len)
                }),
            )),
    )
        .into_any()
}

/// The row that stands for those that are not shown.
pub(super) fn more(
    shown: RwSignal<usize>,
    thing: &'static str,
    all: impl Fn() -> usize + Copy + Send + Sync + 'static,
) -> View {
    let rest = Memo::new(move |_| all().saturating_sub(shown.get()));
    (move || {
        let rest = rest.get();
        (rest > 0).then(|| {
            let label = format!("Show {} more", rest.min(SHOWN));
            li().attr("class", "item").child(
                div().attr("class", "row").child((
                    span()
                        .attr("class", "grow dim")
                        .child(format!("{} not shown", counted(rest as u64, thing))),
                    button(Look::Quiet, label, move || {
                        shown.update(|shown| *shown += SHOWN);
                    }),
                )),
            )
        })
    })
    .into_any()
}

/// Sums and actions of uploads, when there are several.
fn upload_bar(panel: Panel, picks: Picks) -> View {
    let counts = Memo::new(move |_| panel.uploads.with(|uploads| Counts::of(uploads)));
    // The buttons change seldom, the numbers often: a button is not replaced under the mouse.
    let has = move |number: fn(Counts) -> u64| Memo::new(move |_| number(counts.get()) > 0);
    let (under_way, failed) = (has(Counts::under_way), has(|it| it.failed));
    let stored = has(|it| it.stored);
    let several = Memo::new(move |_| counts.get().total() > 1);
    (move || {
        several.get().then(|| {
            let cancel = under_way
                .get()
                .then(|| button(Look::Quiet, "Cancel all", move || picks.cancel_all()));
            let retry = failed
                .get()
                .then(|| button(Look::Quiet, "Retry failed", move || picks.retry_failed()));
            let remove = stored.get().then(|| {
                asking_button(
                    "Remove finished",
                    "Remove, and leave out of runs",
                    move || {
                        picks.remove_stored();
                    },
                )
            });
            div().attr("class", "row wrap").child((
                span()
                    .attr("class", "grow num")
                    .child(move || counts.get().words()),
                cancel,
                retry,
                remove,
            ))
        })
    })
    .into_any()
}

/// Sums and actions of chosen files, when there are several.
fn picks_bar(picks: Picks) -> View {
    let sums = Memo::new(move |_| {
        picks.list.with(|list| {
            let refused = list.iter().filter(|it| it.refusal.is_some()).count();
            let size: u64 = list.iter().map(|it| it.bytes).sum();
            (list.len() as u64, size, refused as u64)
        })
    });
    (move || {
        let (files, size, refused) = sums.get();
        (files > 1).then(|| {
            let mut words = format!("{} chosen · {}", counted(files, "file"), bytes(size));
            if refused > 0 {
                words.push_str(&format!(" · {refused} cannot be uploaded"));
            }
            div().attr("class", "row wrap").child((
                span().attr("class", "grow num").child(words),
                button(Look::Quiet, "Remove all", move || picks.drop_all()),
            ))
        })
    })
    .into_any()
}

/// What of the last choice was not taken.
pub(super) fn left_out(picks: Picks) -> View {
    (move || {
        let words = picks.left_out.with(LeftOut::words);
        (!words.is_empty()).then(|| {
            let tone = if picks.left_out.with(|it| it.unreadable.is_empty()) {
                Tone::Info
            } else {
                Tone::Warning
            };
            let sentences: Vec<_> = words.into_iter().map(|it| p().child(it)).collect();
            let dismiss = button(Look::Quiet, "Dismiss", move || {
                picks.left_out.set(LeftOut::default());
            });
            div()
                .attr("role", "status")
                .child(notice(tone, (sentences, dismiss).into_any()))
        })
    })
    .into_any()
}
