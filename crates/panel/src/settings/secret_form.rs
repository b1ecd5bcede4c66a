//! The entry of a key: masked, gone from the page as soon as it was handed over, and refused while
//! something covers the panel.

use messages::worker::Secret;
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;

use web_sys::HtmlInputElement;

use crate::state::Panel;

/// What stands around the field.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// Name of the field, and its id.
    pub(super) label: &'static str,
    /// Id of the field.
    pub(super) id: &'static str,
    /// Shown while the field is empty.
    pub(super) placeholder: &'static str,
    /// The button.
    pub(super) save: &'static str,
}

/// The field and its button. `save` gets what was typed.
pub(super) fn secret_form(
    panel: Panel,
    words: Words,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Problem>>,
    save: impl Fn(Secret) + 'static,
) -> View {
    let field = input()
        .attr("type", "password")
        .attr("class", "grow")
        .attr("id", words.id)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("placeholder", words.placeholder)
        .attr("disabled", move || busy.get());
    let typed: HtmlInputElement = field.element();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = typed.value();
        if text.trim().is_empty() {
            let _ = typed.focus();
        } else if let Some(covered) = panel.covered() {
            failed.set(Some(covered));
        } else {
            typed.set_value("");
            save(Secret(text));
        }
    };
    form()
        .attr("autocomplete", "off")
        .attr("class", "field")
        .on(ev::submit, submit)
        .child((
            label().attr("for", words.id).child(words.label),
            div().attr("class", "row").child((
                field,
                button()
                    .attr("type", "submit")
                    .attr("class", "button")
                    .attr("disabled", move || busy.get())
                    .child(words.save),
            )),
        ))
        .into_any()
}

/// Runs an action on a stored key, unless the panel is covered.
pub(crate) fn guarded(panel: Panel, failed: RwSignal<Option<Problem>>, act: impl FnOnce()) {
    if panel.is_seen() {
        act();
    } else {
        failed.set(Some(ProblemCode::Covered.into()));
    }
}
