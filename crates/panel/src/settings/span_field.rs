//! A choice among a few spans of time, with one that is typed.

use ui::dom::prelude::*;
use ui::format::seconds;

use super::span_choice::typed_seconds;

/// A span that is being chosen.
#[derive(Clone, Copy)]
pub(super) struct Span {
    offered: &'static [u32],
    range: (u32, u32),
    custom: RwSignal<bool>,
    text: RwSignal<String>,
}

impl Span {
    /// Nothing chosen yet.
    pub(super) fn new(offered: &'static [u32], range: (u32, u32)) -> Self {
        Self {
            offered,
            range,
            custom: RwSignal::new(false),
            text: RwSignal::new(offered.first().copied().unwrap_or(0).to_string()),
        }
    }

    /// Shows a span that was kept.
    pub(super) fn show(self, seconds: u32) {
        self.custom.set(!self.offered.contains(&seconds));
        self.text.set(seconds.to_string());
    }

    /// What is chosen, in seconds.
    ///
    /// # Errors
    /// What is wrong with what was typed.
    pub(super) fn chosen(self) -> Result<u32, String> {
        let text = self.text.get_untracked();
        if self.custom.get_untracked() {
            typed_seconds(&text, self.range)
        } else {
            text.parse().map_err(|_| "Choose one.".to_owned())
        }
    }
}

/// The choice. `none` is the word for 0 seconds.
pub(super) fn span_field(
    name: &'static str,
    id: &'static str,
    span: Span,
    none: &'static str,
) -> View {
    let chosen = move || {
        if span.custom.get() {
            "custom".to_owned()
        } else {
            span.text.get()
        }
    };
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        span.custom.set(value == "custom");
        if value != "custom" {
            span.text.set(value);
        }
    };
    let options: Vec<_> = span
        .offered
        .iter()
        .enumerate()
        .map(|(at, offered)| {
            let words = match (*offered, at) {
                (0, _) => none.to_owned(),
                (it, 0) => format!("{} (default)", seconds(it)),
                (it, _) => seconds(it),
            };
            option().attr("value", offered.to_string()).child(words)
        })
        .collect();
    div()
        .attr("class", "field")
        .child((
            label().attr("for", id).child(name),
            select()
                .attr("id", id)
                .on(ev::change, choose)
                .child((options, option().attr("value", "custom").child("Custom…")))
                .prop("value", chosen),
            move || {
                span.custom.get().then(|| {
                    input()
                        .attr("type", "number")
                        .attr("min", span.range.0.to_string())
                        .attr("max", span.range.1.to_string())
                        .attr("aria-label", format!("{name}, in seconds"))
                        .prop("value", move || span.text.get())
                        .on(ev::input, move |event| {
                            span.text.set(event_target_value(&event));
                        })
                })
            },
        ))
        .into_any()
}
