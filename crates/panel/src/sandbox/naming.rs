//! Typing a name: of a new folder, or a new one of an entry.

use ui::controls::{Look, button};
use ui::dom::prelude::*;

use super::browser::Browser;
use super::path::name_of_field;

/// Whose name is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// A new folder's.
    Folder,
    /// That of the entry at this path.
    Entry(String),
}

/// The form; `before` is the name that stands there at first.
pub(super) fn naming(browser: Browser, of: Naming, before: &str) -> View {
    let name = RwSignal::new(before.to_owned());
    let bad = move || name.with(|name| name_of_field(name).err());
    let (id, label_text, done) = match &of {
        Naming::Folder => ("new-folder", "Name of the new folder", "Make folder"),
        Naming::Entry(_) => ("new-name", "New name", "Rename"),
    };
    let unchanged = before.to_owned();
    let same = move || name.with(|name| name.trim() == unchanged);
    let disabled = {
        let same = same.clone();
        move || bad().is_some() || same() || browser.doing.with(Option::is_some)
    };
    let press = move |event: web_sys::Event| {
        event.prevent_default();
        let typed = name.get_untracked();
        let Ok(typed) = name_of_field(&typed) else {
            return;
        };
        match of.clone() {
            Naming::Folder => browser.make_folder(typed),
            Naming::Entry(path) => browser.rename(path, typed),
        }
    };
    let field = input()
        .attr("type", "text")
        .attr("id", id)
        .attr("class", "grow")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-label", label_text)
        .prop("value", move || name.get())
        .on(ev::input, move |event| name.set(event_target_value(&event)))
        .on(ev::keydown, move |event| {
            // Esc takes the form back, not the panel.
            if event.key() == "Escape" {
                event.prevent_default();
                browser.naming.set(None);
            }
        });
    // It is laid out in the next frame.
    request_animation_frame(move || crate::tabs::focus(id));
    form()
        .attr("class", "fields")
        .on(ev::submit, move |event| press(event.into()))
        .child((
            div().attr("class", "row wrap").child((
                field,
                ui::dom::prelude::button()
                    .attr("type", "submit")
                    .attr("class", "button")
                    .attr("disabled", disabled)
                    .child(done),
                button(Look::Quiet, "Cancel", move || browser.naming.set(None)),
            )),
            move || {
                // Nothing typed yet is no mistake.
                let empty = name.with(|name| name.trim().is_empty());
                bad().filter(|_| !empty).map(|why| {
                    p().attr("class", "failure")
                        .attr("role", "alert")
                        .child(why)
                })
            },
        ))
        .into_any()
}
