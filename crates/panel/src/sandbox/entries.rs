//! The folder that is shown: the way to it, and its entries.

use messages::engine::{Folder, FolderEntry, FolderEntryKind};
use ui::controls::{Look, asking_button, button, copy_button};
use ui::dom::prelude::*;
use ui::format::{count, counted};
use ui::icon::{Icon, icon};

use super::browser::Browser;
use super::naming::{Naming, naming};
use super::path::trail;
use super::words::facts;

/// The way to the folder, from the root; each step leads there.
pub(super) fn way(browser: Browser) -> View {
    let path = Memo::new(move |_| {
        browser
            .folder
            .with(|it| it.as_ref().map(|it| it.path.clone()))
    });
    (move || {
        let steps = trail(&path.get()?);
        let last = steps.len() - 1;
        let steps = steps.into_iter().enumerate().map(|(at, (name, path))| {
            let current = at == last;
            let label = if at == 0 {
                "Root folder".to_owned()
            } else {
                name.clone()
            };
            li().child(
                button(Look::Quiet, name, move || browser.open_folder(path.clone()))
                    .attr("aria-label", label)
                    .attr("aria-current", current.then_some("location")),
            )
        });
        let steps: Vec<_> = steps.collect();
        Some(
            nav()
                .attr("aria-label", "Folder")
                .child(ol().attr("class", "way").child(steps)),
        )
    })
    .into_any()
}

/// The entries.
pub(super) fn entries(browser: Browser) -> View {
    (move || {
        let folder = browser.folder.get()?;
        let Folder { entries, more, .. } = folder;
        if entries.is_empty() {
            let words = "Nothing is in this folder.";
            return Some(p().attr("class", "empty-tab dim").child(words).into_any());
        }
        let now = browser.panel.now.get_untracked();
        let number = counted(entries.len() as u64 + more, "item");
        let rows: Vec<_> = entries.iter().map(|it| row(browser, it, now)).collect();
        Some(
            (
                ul().attr("class", "card entries")
                    .attr("aria-label", "Files in the sandbox")
                    .child(rows),
                (more > 0).then(|| {
                    let words = format!("{number} in all; {} are not shown yet.", count(more));
                    div().attr("class", "row").child((
                        p().attr("class", "grow dim").child(words),
                        button(Look::Quiet, "Show more", move || browser.show_more()),
                    ))
                }),
            )
                .into_any(),
        )
    })
    .into_any()
}

fn row(browser: Browser, entry: &FolderEntry, now: u64) -> El {
    let facts: Vec<_> = facts(entry, now)
        .into_iter()
        .map(|it| span().child(it))
        .collect();
    let own = StoredValue::new(entry.clone());
    let renamed = Memo::new(move |_| {
        let path = own.with_value(|it| it.path.clone());
        browser.naming.with(|it| *it == Some(Naming::Entry(path)))
    });
    li().attr("class", "item")
        .child(move || {
            let entry = own.get_value();
            if renamed.get() {
                let of = Naming::Entry(entry.path.clone());
                return naming(browser, of, &entry.name);
            }
            div()
                .attr("class", "row")
                .child((name(browser, &entry), actions(browser, own)))
                .into_any()
        })
        .child(div().attr("class", "meta num").child(facts))
}

/// The name, as the way into a folder or the look into a file.
fn name(browser: Browser, entry: &FolderEntry) -> View {
    let mark = match entry.kind {
        FolderEntryKind::Folder => Icon::Folder,
        _ => Icon::File,
    };
    let inner = (icon(mark), entry.name.clone());
    let opens = match entry.kind {
        FolderEntryKind::Folder => "Open folder",
        FolderEntryKind::File => "Look into",
        FolderEntryKind::Link => "Follow link",
        FolderEntryKind::Other => {
            return span().attr("class", "grow entry").child(inner).into_any();
        }
    };
    let own = entry.clone();
    ui::dom::prelude::button()
        .attr("type", "button")
        .attr("class", "grow entry")
        .attr("aria-label", format!("{opens} {}", entry.name))
        .on(ev::click, move |_| match own.kind {
            FolderEntryKind::Folder => browser.open_folder(own.path.clone()),
            FolderEntryKind::Link => browser.follow_link(own.clone()),
            _ => browser.look_into(own.path.clone(), Some(own.bytes)),
        })
        .child(inner)
        .into_any()
}

fn actions(browser: Browser, own: StoredValue<FolderEntry>) -> View {
    let entry = own.get_value();
    let named = |verb: &str| format!("{verb} {}", entry.name);
    let is_folder = entry.kind == FolderEntryKind::Folder;
    let readable = is_folder || entry.kind == FolderEntryKind::File;
    let download = readable.then(|| {
        button(Look::Quiet, "Download", move || {
            browser.download(own.get_value());
        })
        .attr("aria-label", named("Download"))
    });
    (
        download,
        copy_button(named("Copy path of"), entry.path.clone()),
        button(Look::Quiet, "Rename", move || {
            let path = own.with_value(|it| it.path.clone());
            browser.naming.set(Some(Naming::Entry(path)));
        })
        .attr("aria-label", named("Rename")),
        asking_button(
            "Delete",
            if is_folder {
                "Delete with all in it"
            } else {
                "Delete for ever"
            },
            move || browser.delete(own.with_value(|it| it.path.clone())),
        ),
    )
        .into_any()
}
