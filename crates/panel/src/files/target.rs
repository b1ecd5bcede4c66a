//! Where the picked files go, and under which tags.

use messages::ConfigurationUrl;
use ui::dom::prelude::*;

use crate::state::Panel;

/// The tag of every file that this extension uploads.
const OWN_TAG: &str = "kbc-e2b-writer";

/// What was chosen.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// The user's own tags, as typed.
    pub(super) tags: RwSignal<String>,
    /// Also into the sandbox.
    pub(super) to_sandbox: RwSignal<bool>,
    /// Several files as one archive.
    pub(super) as_zip: RwSignal<bool>,
    /// The archive's name as typed; `None` for the one that is suggested.
    pub(super) zip_name: RwSignal<Option<String>>,
}

impl Target {
    /// Both, without tags.
    pub(super) fn new() -> Self {
        Self {
            tags: RwSignal::new(String::new()),
            to_sandbox: RwSignal::new(true),
            as_zip: RwSignal::new(false),
            zip_name: RwSignal::new(None),
        }
    }

    /// The tags that are set anyway.
    pub(super) fn always(self, own: &ConfigurationUrl) -> [&str; 2] {
        [OWN_TAG, &own.configuration]
    }
}

/// The two check boxes and the tags.
pub(super) fn target_view(panel: Panel, target: Target) -> View {
    let own = panel.url();
    let chips: Vec<_> = target
        .always(&own)
        .into_iter()
        .map(|tag| code().attr("class", "chip").child(tag.to_owned()))
        .collect();
    div()
        .attr("class", "fields")
        .child((
            h2().child("Send to"),
            label().attr("class", "check").child((
                input()
                    .attr("type", "checkbox")
                    .attr("checked", true)
                    .attr("disabled", true)
                    .attr("aria-describedby", "why-storage"),
                "Keboola Storage",
            )),
            p().attr("class", "below dim")
                .attr("id", "why-storage")
                .child("Always: the sandbox fetches the file from there."),
            div().attr("class", "below").child(
                label().attr("class", "field").child((
                    span().child("Your tags"),
                    input()
                        .attr("type", "text")
                        .attr("autocomplete", "off")
                        .attr("placeholder", "weather, 2026")
                        .attr("aria-describedby", "fixed-tags")
                        .prop("value", move || target.tags.get())
                        .on(ev::input, move |event| {
                            target.tags.set(event_target_value(&event));
                        }),
                )),
            ),
            p().attr("class", "below meta")
                .attr("id", "fixed-tags")
                .child(("Always set:", chips)),
            label().attr("class", "check").child((
                input()
                    .attr("type", "checkbox")
                    .attr("aria-describedby", "where-sandbox")
                    .prop("checked", move || target.to_sandbox.get())
                    .on(ev::change, move |event| {
                        target.to_sandbox.set(event_target_checked(&event));
                    }),
                "Sandbox, fetched from Storage",
            )),
            p().attr("class", "below dim")
                .attr("id", "where-sandbox")
                .child((
                    "Into ",
                    code().child("/data/in/files/"),
                    ", now if one lives and before each later run.",
                )),
        ))
        .into_any()
}
