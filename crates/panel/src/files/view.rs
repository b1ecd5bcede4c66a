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

/// What keeps Upload from beginning.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    Token,
    Key,
}

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
    // Storage is written to with a token, a sandbox is made with a key.
    let missing = Memo::new(move |_| {
        panel.keys.with(|keys| {
            let keys = keys.as_ref()?;
            match target.is_straight() {
                true => keys.e2b_key.is_none().then_some(Missing::Key),
                false => keys.token.is_none().then_some(Missing::Token),
            }
        })
    });
    let waiting = move || match ready.get() {
        (0, _) => "Add files first.".to_owned(),
        (files, size) => format!("{} · {}", counted(files, "file"), bytes(size)),
    };
    let upload = button(Look::Primary, "", move || picks.upload(target))
        .attr("disabled", move || {
            ready.get().0 == 0
                || missing.get().is_some()
                || target.refusal().is_some()
                || picks.busy.get()
        })
        .child(move || match ready.get().0 {
            0 | 1 => "Upload".to_owned(),
            _ if target.as_zip.get() => "Upload as one zip".to_owned(),
            files => format!("Upload {}", counted(files, "file")),
        });
    (
        move || {
            missing.get().map(|missing| {
                let (words, place) = match missing {
                    Missing::Token => ("An upload needs a Storage token of this project.", "token"),
                    Missing::Key => ("A sandbox is made with your e2b key.", "e2b-key"),
                };
                notice(
                    Tone::Info,
                    (
                        p().child(words),
                        button(Look::Plain, "Open Settings", move || {
                            panel.show(Tab::Settings, place);
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
                        None => match target.refusal() {
                            Some(why) if ready.get().0 > 0 => why.to_owned(),
                            _ => waiting(),
                        },
                    }),
            )),
    )
        .into_any()
}
