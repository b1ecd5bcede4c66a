//! The Files tab, put together.

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::{bytes, counted};
use ui::notice::{Tone, notice, problem};

use super::drop_zone::drop_zone;
use super::picked::{Picked, Picks};
use super::rows::Rows;
use super::stored::stored_files;
use super::target::{Target, target_view};
use super::upload_row::upload_row;
use super::words::kind;
use crate::state::{Panel, Tab};

/// The tab.
pub(crate) fn files_tab(panel: Panel) -> View {
    let picks = Picks::new(panel);
    let target = Target::new();
    (
        drop_zone(panel, picks),
        refused_folders(picks),
        list(panel, picks),
        target_view(panel, target),
        move || picks.failed.get().map(|it| problem(&it, None)),
        start(panel, picks, target),
        stored_files(panel),
    )
        .into_any()
}

fn refused_folders(picks: Picks) -> View {
    (move || {
        let folders = picks.folders.get();
        (!folders.is_empty()).then(|| {
            notice(
                Tone::Warning,
                (
                    p().child(format!(
                        "Folders cannot be uploaded yet: {}. Open the folder and drop the files \
                         that are in it.",
                        folders.join(", ")
                    )),
                    button(Look::Quiet, "Dismiss", move || {
                        picks.folders.set(Vec::new());
                    }),
                )
                    .into_any(),
            )
        })
    })
    .into_any()
}

/// Uploads first, then the picked files that wait for Upload.
fn list(panel: Panel, picks: Picks) -> View {
    let rows = Rows::follow(panel);
    let any = Memo::new(move |_| {
        rows.ids.with(|it| !it.is_empty()) || picks.list.with(|it| !it.is_empty())
    });
    ul().attr("class", "card")
        .attr("aria-label", "Files")
        .attr("hidden", move || !any.get())
        .child((
            keyed(
                move || rows.ids.get(),
                String::clone,
                move |id| upload_row(rows, picks, id),
            ),
            keyed(
                move || picks.list.get(),
                |picked| picked.id,
                move |picked| picked_row(picks, &picked),
            ),
        ))
        .into_any()
}

fn picked_row(picks: Picks, picked: &Picked) -> El {
    let id = picked.id;
    let refusal = picked.refusal.map(|code| {
        p().attr("class", "failure")
            .attr("role", "alert")
            .child([code.what(), code.why(), code.action()].join(" "))
    });
    li().attr("class", "item").child((
        div().attr("class", "row").child((
            strong().attr("class", "grow").child(picked.name.clone()),
            button(Look::Quiet, "Remove", move || picks.drop_pick(id))
                .attr("aria-label", format!("Remove {}", picked.name)),
        )),
        div().attr("class", "meta").child((
            span().child(kind(picked.bytes, &picked.content_type)),
            span().child(if refusal.is_some() {
                "not uploaded"
            } else {
                "ready to upload"
            }),
        )),
        refusal,
    ))
}

fn start(panel: Panel, picks: Picks, target: Target) -> View {
    let ready = Memo::new(move |_| {
        picks.list.with(|list| {
            let ready: Vec<_> = list.iter().filter(|it| it.refusal.is_none()).collect();
            (
                ready.len() as u64,
                ready.iter().map(|it| it.bytes).sum::<u64>(),
            )
        })
    });
    let no_token = Memo::new(move |_| {
        panel
            .keys
            .with(|keys| keys.as_ref().is_some_and(|keys| keys.token.is_none()))
    });
    let waiting = move || match ready.get() {
        (0, _) => "Add files first.".to_owned(),
        (files, size) => format!("{} · {}", counted(files, "file"), bytes(size)),
    };
    (
        move || {
            no_token.get().then(|| {
                notice(
                    Tone::Info,
                    (
                        p().child("An upload needs a Storage token of this project."),
                        button(Look::Plain, "Open Settings", move || {
                            panel.show(Tab::Settings, "token");
                        }),
                    )
                        .into_any(),
                )
            })
        },
        div().attr("class", "row").child((
            button(Look::Primary, "Upload", move || picks.upload(target))
                .attr("disabled", move || {
                    ready.get().0 == 0 || no_token.get() || picks.busy.get()
                }),
            span().attr("class", "grow"),
            span().attr("class", "num").child(waiting),
        )),
    )
        .into_any()
}
