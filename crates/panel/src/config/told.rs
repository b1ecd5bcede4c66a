//! What became of a save.

use messages::worker::Overtaken;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice, problem};

use super::saving::{Saving, Told};
use super::words;

/// What became of the last save, and why it did not work.
pub(super) fn told(saving: Saving) -> View {
    (
        move || Some(problem(&saving.failed.get()?, None)),
        div()
            .attr("id", "saved")
            .attr("tabindex", "-1")
            .attr("role", "status")
            .child(move || {
                if let Some(doing) = saving.doing.get() {
                    return Some(p().attr("class", "num").child(doing).into_any());
                }
                Some(match saving.told.get()? {
                    Told::Unchanged => notice(
                        Tone::Info,
                        "Storage has all of this already; nothing was written.".into_any(),
                    ),
                    Told::Saved(version) => saved(version),
                    Told::Overtaken(it) => overtaken(saving, &it),
                })
            }),
    )
        .into_any()
}

/// The page shows what it read before.
fn saved(version: u64) -> View {
    notice(
        Tone::Info,
        (
            p().child(strong().child(format!("Saved as version {version}."))),
            p().child(
                "The page behind this panel still shows the version before. Reload it before you \
                 edit there, or its Save would undo this one.",
            ),
            div()
                .attr("class", "row")
                .child(button(Look::Plain, "Reload the page", reload)),
        )
            .into_any(),
    )
}

/// Loads the page again, and this panel's frame with it.
pub(super) fn reload() {
    leptos::task::spawn_local(webext::tabs::reload_own());
}

fn overtaken(saving: Saving, it: &Overtaken) -> View {
    let now = saving.panel.now.get_untracked();
    let others: Vec<View> = it
        .others
        .iter()
        .map(|other| {
            let said = other.description.clone().filter(|said| !said.is_empty());
            li().child((
                words::version(other, now),
                said.map(|said| format!(": “{said}”")),
            ))
            .into_any()
        })
        .collect();
    let fields: Vec<String> = it.fields.iter().map(|field| words::field(field)).collect();
    let what = match it.own {
        Some(own) => format!("Somebody saved at the same moment; yours is version {own}."),
        None => "Somebody saved at the same moment; whether yours was written is not known.".into(),
    };
    let replaced = match fields.is_empty() {
        true => None,
        false => Some(p().child(format!(
            "Replaced by the later of the two: {}. Both versions are kept: compare them below, and \
             roll back or edit and save again.",
            fields.join(", ")
        ))),
    };
    notice(
        Tone::Warning,
        (
            p().child(strong().child(what)),
            ul().attr("class", "bullets").child(others),
            replaced,
        )
            .into_any(),
    )
}
