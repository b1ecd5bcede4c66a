//! Whether several chosen files go as one archive, and its name.

use ui::dom::prelude::*;

use super::picked::Picks;
use super::target::Target;
use super::zip_name::suggested;

/// The check box and the name, when there are several files.
pub(super) fn zip_choice(picks: Picks, target: Target) -> View {
    let several = Memo::new(move |_| picks.ready().len() > 1);
    let name = Memo::new(move |_| {
        let typed = target.zip_name.get();
        typed.unwrap_or_else(|| suggested(picks.ready().iter().map(|it| &it.place)))
    });
    let field = move || {
        target.as_zip.get().then(|| {
            div().attr("class", "below").child(
                label().attr("class", "field").child((
                    span().child("Name of the archive"),
                    input()
                        .attr("type", "text")
                        .attr("autocomplete", "off")
                        .prop("value", move || name.get())
                        .on(ev::input, move |event| {
                            target.zip_name.set(Some(event_target_value(&event)));
                        }),
                )),
            )
        })
    };
    (move || {
        several.get().then(|| {
            div().attr("class", "fields").child((
                label().attr("class", "check").child((
                    input()
                        .attr("type", "checkbox")
                        .attr("aria-describedby", "what-zip")
                        .prop("checked", move || target.as_zip.get())
                        .on(ev::change, move |event| {
                            target.as_zip.set(event_target_checked(&event));
                        }),
                    "As one zip",
                )),
                p().attr("class", "below dim")
                    .attr("id", "what-zip")
                    .child("Folders stay as they are; nothing is compressed."),
                field,
            ))
        })
    })
    .into_any()
}
