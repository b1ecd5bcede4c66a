//! Bringing the panel's settings into the configuration.

use messages::worker::Wanted;
use ui::controls::{Look, button};
use ui::dom::prelude::*;

use super::saving::Saving;

/// The section.
pub(super) fn sync(saving: Saving) -> View {
    let settings = RwSignal::new(true);
    let key = RwSignal::new(false);
    let has_key = move || {
        let keys = saving.panel.keys;
        keys.with(|keys| keys.as_ref().is_some_and(|keys| keys.e2b_key.is_some()))
    };
    section()
        .attr("class", "fields")
        .attr("aria-label", "Settings in the configuration")
        .child((
            h2().child("Settings in the configuration"),
            p().attr("class", "dim").child(
                "Written into the user parameters, where the script and everybody else who opens \
                 this configuration find them. Nothing else is touched.",
            ),
            tick(
                settings,
                "Sandbox template and life, and the files attached to runs",
                "e2b_template, e2b_timeout, e2b_uploaded_files",
                || true,
            ),
            tick(
                key,
                "The e2b API key, encrypted by Keboola first",
                "#e2b_api_key; nobody can read it back, but code of this configuration can use it",
                has_key,
            ),
            div().attr("class", "row").child(
                button(Look::Plain, "Sync to configuration…", move || {
                    let wanted = Wanted {
                        edits: false,
                        settings: settings.get_untracked(),
                        key: key.get_untracked(),
                    };
                    saving.review(wanted, async { Ok(()) });
                })
                .attr("disabled", move || {
                    !(settings.get() || key.get()) || saving.doing.with(Option::is_some)
                }),
            ),
        ))
        .into_any()
}

fn tick(
    ticked: RwSignal<bool>,
    words: &'static str,
    names: &'static str,
    possible: impl Fn() -> bool + 'static,
) -> View {
    label()
        .attr("class", "check")
        .child((
            input()
                .attr("type", "checkbox")
                .attr("disabled", move || !possible())
                .prop("checked", move || ticked.get())
                .on(ev::change, move |event| {
                    ticked.set(event_target_checked(&event));
                }),
            span().child((words, span().attr("class", "dim names").child(names))),
        ))
        .into_any()
}
