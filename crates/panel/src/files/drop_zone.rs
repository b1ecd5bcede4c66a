//! The place to drop files and folders on, and the two ways to browse for them. The whole panel
//! takes a drop: a file that misses the box must not replace the panel.

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::{bytes, count};
use web_sys::{DragEvent, HtmlInputElement};

use super::choice::LARGEST_FILE;
use super::gather::{Dropped, of_input};
use super::picked::Picks;
use crate::state::{Panel, Tab};

/// The box.
pub(super) fn drop_zone(panel: Panel, picks: Picks) -> View {
    let over = RwSignal::new(false);
    let reading = RwSignal::new(None);
    window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        over.set(true);
    });
    window_event_listener(ev::dragleave, move |event| {
        // Leaving one element for another has that other beside it; leaving the panel has none.
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        over.set(false);
        take(panel, picks, reading, &event);
    });
    div()
        .attr(
            "class",
            move || {
                if over.get() { "drop over" } else { "drop" }
            },
        )
        .child((
            p().child("Drop files or folders here"),
            div().attr("class", "row").child((
                browse(picks, "Browse…", "Files to upload", false),
                browse(picks, "Browse folder…", "Folder to upload", true),
            )),
            p().attr("class", "dim")
                .attr("role", "status")
                .child(move || match reading.get() {
                    Some(found) => format!("Reading folders: {} so far…", count(found)),
                    None => format!("Up to {} a file.", bytes(LARGEST_FILE)),
                }),
        ))
        .into_any()
}

/// A button that opens the browser's chooser.
fn browse(picks: Picks, label: &'static str, name: &'static str, folder: bool) -> View {
    let field = input()
        .attr("type", "file")
        .attr("multiple", true)
        .attr("webkitdirectory", folder)
        .attr("hidden", true)
        .attr("aria-label", name);
    let chooser: HtmlInputElement = field.element();
    let chosen = chooser.clone();
    let field = field.on(ev::change, move |_| {
        picks.add(of_input(chosen.files()));
        // The same file can then be chosen again.
        chosen.set_value("");
    });
    (button(Look::Plain, label, move || chooser.click()), field).into_any()
}

fn take(panel: Panel, picks: Picks, reading: RwSignal<Option<u64>>, event: &DragEvent) {
    let Some(transfer) = event.data_transfer() else {
        return;
    };
    let dropped = Dropped::read(&transfer);
    // A dragged text is neither; it is no reason to change the tab.
    if dropped.is_empty() {
        return;
    }
    panel.tab.set(Tab::Files);
    leptos::task::spawn_local(async move {
        let gathered = dropped.gather(reading).await;
        reading.set(None);
        picks.add(gathered);
    });
}
