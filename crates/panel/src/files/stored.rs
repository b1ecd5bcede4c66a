//! The list of files that were uploaded for this configuration earlier, by this extension.

use messages::worker::StoredFile;
use messages::{Problem, ProblemCode};
use ui::controls::{Look, asking_button, button, copy_button};
use ui::dom::prelude::*;
use ui::notice::problem;

use super::bulk::SHOWN;
use super::downloads::Download;
use super::earlier::Earlier;
use super::list::more;
use super::picked_row::sha256_view;
use super::upload_row::in_sandbox;
use super::words::{bytes_checked, bytes_fetched, explanation, stored_facts};

/// The section. Uploads that the tab shows above are not shown twice.
pub(super) fn stored_files(earlier: Earlier) -> View {
    let panel = earlier.panel;
    let above = Memo::new(move |_| {
        panel.uploads.with(|uploads| {
            let ids = uploads.iter().filter_map(|it| it.file);
            ids.collect::<Vec<_>>()
        })
    });
    let files = Memo::new(move |_| {
        let above = above.get();
        earlier.list.with(|list| {
            let list = list.as_ref()?;
            let rest = list.iter().filter(|it| !above.contains(&it.id));
            Some(rest.cloned().collect::<Vec<_>>())
        })
    });
    let shown = RwSignal::new(SHOWN);
    let can_bring = earlier.can_bring();
    let none = move || files.with(|list| list.as_ref().is_none_or(Vec::is_empty));
    section()
        .attr("class", "fields")
        .attr("hidden", move || {
            none() && earlier.failed.with(Option::is_none)
        })
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Uploaded earlier"),
                button(Look::Quiet, "Refresh", move || earlier.refresh()),
            )),
            ul().attr("class", "card")
                .attr("aria-label", "Uploaded earlier")
                .attr("hidden", none)
                .child((
                    keyed(
                        move || {
                            let mut some = files.get().unwrap_or_default();
                            some.truncate(shown.get());
                            some
                        },
                        |file| (file.id, file.attached, file.sha256.clone()),
                        move |file| row(earlier, can_bring, file),
                    ),
                    more(shown, "earlier file", move || {
                        files.with(|list| list.as_ref().map_or(0, Vec::len))
                    }),
                )),
            move || earlier.failed.get().map(|it| problem(&it, None)),
        ))
        .into_any()
}

fn row(earlier: Earlier, can_bring: Memo<bool>, file: StoredFile) -> El {
    let id = file.id;
    let facts: Vec<_> = stored_facts(&file)
        .into_iter()
        .map(|it| span().child(it))
        .collect();
    let tags: Vec<_> = file
        .tags
        .iter()
        .map(|tag| code().child(tag.clone()))
        .collect();
    let wanted = file.clone();
    let name = file.name.clone();
    let copy = Memo::new(move |_| earlier.in_sandbox.with(|all| all.get(&id).cloned()));
    let download = Memo::new(move |_| earlier.downloads.with(|all| all.get(&id).cloned()));
    li().attr("class", "item").child((
        div().attr("class", "row wrap").child((
            strong().attr("class", "grow").child(file.name.clone()),
            runs(earlier, can_bring, &file),
            button(Look::Quiet, "Download", move || {
                earlier.download(wanted.clone());
            })
            .attr("aria-label", format!("Download {name}")),
            asking_button("Delete", "Delete from Storage", move || earlier.delete(id)),
        )),
        div().attr("class", "meta").child((
            span().attr("class", "copy").child((
                span().child(format!("Storage {id}")),
                copy_button("Copy Storage id", id.to_string()),
            )),
            facts,
            file.sha256.clone().map(sha256_view),
            tags,
        )),
        move || {
            copy.get()
                .map(|copy| div().attr("class", "meta").child(in_sandbox(&copy)))
        },
        move || download.get().map(|it| downloaded(earlier, &file, it)),
    ))
}

/// The buttons that bring a file into runs and into the sandbox; what they say is what they do.
fn runs(earlier: Earlier, can_bring: Memo<bool>, file: &StoredFile) -> View {
    let (id, attached, name) = (file.id, file.attached, file.name.clone());
    (move || {
        let leave_out = attached.then(|| {
            button(Look::Quiet, "Leave out of runs", move || {
                earlier.attach(id, false);
            })
            .attr("aria-label", format!("Leave out of runs: {name}"))
        });
        let there = earlier.in_sandbox.with(|all| all.contains_key(&id));
        let add = if can_bring.get() && !there {
            let title = "Fetched into the sandbox that lives now, and before each later run";
            Some(("Add to sandbox", title))
        } else if attached {
            None
        } else {
            let title = "No sandbox is free now: fetched when the next run begins";
            Some(("Use in runs", title))
        };
        let add = add.map(|(verb, title)| {
            button(Look::Quiet, verb, move || earlier.add(id))
                .attr("title", title)
                .attr("aria-label", format!("{verb}: {name}"))
        });
        (add, leave_out)
    })
    .into_any()
}

fn downloaded(earlier: Earlier, file: &StoredFile, download: Download) -> View {
    let words = match download {
        Download::Fetching(received) => bytes_fetched(received, file.bytes),
        Download::Checking(read) => bytes_checked(read, file.bytes),
        Download::Saved { checked: true } => "Downloaded; the SHA-256 is right.".to_owned(),
        Download::Saved { checked: false } => {
            "Downloaded; Storage knows no checksum to compare.".to_owned()
        }
        Download::Failed(problem) => return download_failed(earlier, file, &problem),
    };
    p().attr("class", "dim num")
        .attr("role", "status")
        .child(words)
        .into_any()
}

fn download_failed(earlier: Earlier, file: &StoredFile, problem: &Problem) -> View {
    let hosts = problem
        .detail
        .clone()
        .filter(|_| problem.code == ProblemCode::PermissionNeeded);
    let (file, name) = (file.clone(), file.name.clone());
    let allow = hosts.map(|hosts| {
        button(Look::Quiet, "Allow", move || {
            earlier.allow_and_download(hosts.clone(), file.clone());
        })
        .attr("aria-label", format!("Allow the download of {name}"))
    });
    p().attr("class", "failure")
        .attr("role", "alert")
        .child((
            strong().child(problem.code.what()),
            " ",
            explanation(problem),
            allow,
        ))
        .into_any()
}
