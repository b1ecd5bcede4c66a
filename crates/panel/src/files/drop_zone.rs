//! The place to drop files on, and Browse. The whole panel takes a drop: a file that misses the
//! box must not replace the panel.

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::bytes;
use web_sys::{DataTransfer, DragEvent, File, FileList, HtmlInputElement};

use super::choice::LARGEST_FILE;
use super::picked::Picks;
use crate::state::{Panel, Tab};

/// The box.
pub(super) fn drop_zone(panel: Panel, picks: Picks) -> View {
    let over = RwSignal::new(false);
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
        take(panel, picks, &event);
    });
    let field = input()
        .attr("type", "file")
        .attr("multiple", true)
        .attr("hidden", true)
        .attr("aria-label", "Files to upload");
    let browse: HtmlInputElement = field.element();
    let chosen = browse.clone();
    let field = field.on(ev::change, move |_| {
        picks.add(all(chosen.files()));
        // The same file can then be chosen again.
        chosen.set_value("");
    });
    div()
        .attr(
            "class",
            move || {
                if over.get() { "drop over" } else { "drop" }
            },
        )
        .child((
            p().child("Drop files here"),
            button(Look::Plain, "Browse…", move || browse.click()),
            field,
            p().attr("class", "dim")
                .child(format!("Up to {} a file.", bytes(LARGEST_FILE))),
        ))
        .into_any()
}

fn take(panel: Panel, picks: Picks, event: &DragEvent) {
    let Some(dropped) = event.data_transfer() else {
        return;
    };
    let (files, folders) = sorted(&dropped);
    // A dragged text is neither; it is no reason to change the tab.
    if !files.is_empty() || !folders.is_empty() {
        panel.tab.set(Tab::Files);
        picks.folders.set(folders);
        picks.add(files);
    }
}

/// The dropped files, and the names of the dropped folders.
fn sorted(dropped: &DataTransfer) -> (Vec<File>, Vec<String>) {
    let items = dropped.items();
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for index in 0..items.length() {
        let Some(item) = items.get(index).filter(|item| item.kind() == "file") else {
            continue;
        };
        let entry = item.webkit_get_as_entry().ok().flatten();
        match entry.filter(web_sys::FileSystemEntry::is_directory) {
            Some(folder) => folders.push(folder.name()),
            None => files.extend(item.get_as_file().ok().flatten()),
        }
    }
    (files, folders)
}

fn all(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}
