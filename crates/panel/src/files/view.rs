//! The Files tab, put together.

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::{bytes, counted};
use ui::notice::{Tone, notice, problem};

use super::drop_zone::drop_zone;
use super::earlier::Earlier;
use super::list::{left_out, list};
use super::picked::Picks;
use super::stored::stored_files;
use super::target::{Target, target_view};
use super::zip_choice::zip_choice;
use crate::state::{Panel, Tab};

/// The tab.
pub(crate) fn files_tab(panel: Panel) -> View {
    let earlier = Earlier::new(panel);
    let picks = Picks::new(panel, earlier);
    let target = Target::new();
    (
        drop_zone(panel, picks),
        left_out(picks),
        list(panel, picks, target),
        zip_choice(picks, target),
        target_view(panel, target),
        move || picks.failed.get().map(|it| problem(&it, None)),
        start(panel, picks, target),
        stored_files(earlier),
    )
        .into_any()
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
    let upload = button(Look::Primary, "", move || picks.upload(target))
        .attr("disabled", move || {
            ready.get().0 == 0 || no_token.get() || picks.busy.get()
        })
        .child(move || match ready.get().0 {
            0 | 1 => "Upload".to_owned(),
            _ if target.as_zip.get() => "Upload as one zip".to_owned(),
            files => format!("Upload {}", counted(files, "file")),
        });
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
        // Below a list of a hundred rows it is in sight nevertheless.
        div()
            .attr("class", move || match ready.get().0 {
                0 => "row",
                _ => "row bottom",
            })
            .child((
                upload,
                span().attr("class", "grow"),
                span()
                    .attr("class", "num")
                    .attr("role", "status")
                    .child(move || match picks.doing.get() {
                        Some(doing) => doing.to_owned(),
                        None => waiting(),
                    }),
            )),
    )
        .into_any()
}
