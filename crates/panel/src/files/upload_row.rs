//! One upload: what it is, how far it is, where it went.

use messages::engine::{
    CancelUpload, PauseUpload, RemoveUpload, SandboxCopy, UploadPhase, UploadView,
};
use messages::{Problem, ProblemCode};
use ui::controls::{Look, button, copy_button};
use ui::dom::prelude::*;
use ui::feed::is_under_way;
use ui::icon::{Icon, icon};
use web_sys::HtmlInputElement;
use webext::calls::call;

use super::picked::Picks;
use super::picked_row::sha256_view;
use super::rows::Rows;
use super::words::{explanation, kind, progress};

/// The buttons that a phase has. Changes seldom, so that a button is not replaced under the mouse.
#[derive(Clone, Debug, PartialEq)]
enum Actions {
    UnderWay {
        paused: bool,
    },
    /// It goes on with the same file.
    Interrupted,
    Remove,
    Failed {
        again: Again,
    },
}

/// The way to try again.
#[derive(Clone, Debug, PartialEq)]
enum Again {
    Retry,
    /// The browser is asked for these hosts first.
    Allow(String),
    /// The file is no longer at hand.
    Impossible,
}

/// A row.
pub(super) fn upload_row(rows: Rows, picks: Picks, id: String) -> El {
    let view = rows.view(&id);
    let upload = Memo::new(move |_| view.as_ref().map(Get::get));
    let actions = Memo::new(move |_| upload.with(|it| it.as_ref().map(|it| actions_of(picks, it))));
    let id = StoredValue::new(id);
    li().attr("class", "item").child((
        div().attr("class", "row").child((
            strong()
                .attr("class", "grow")
                .child(move || upload.with(|it| it.as_ref().map(|it| it.name.clone()))),
            move || {
                let name = upload.with_untracked(|it| it.as_ref().map(|it| it.name.clone()));
                let name = name.unwrap_or_default();
                actions.get().map(|it| buttons(picks, id, &name, it))
            },
        )),
        move || upload.get().map(|upload| state(picks, &upload)),
    ))
}

fn actions_of(picks: Picks, upload: &UploadView) -> Actions {
    if matches!(upload.phase, UploadPhase::Interrupted { .. }) {
        return Actions::Interrupted;
    }
    let UploadPhase::Failed(problem) = &upload.phase else {
        return if is_under_way(upload) {
            Actions::UnderWay {
                paused: matches!(upload.phase, UploadPhase::Paused { .. }),
            }
        } else {
            Actions::Remove
        };
    };
    let again = match (&problem.code, &problem.detail) {
        _ if !picks.has_file(&upload.upload) => Again::Impossible,
        // What was chosen is no longer there: it has to be chosen again.
        (ProblemCode::FileUnreadable, _) => Again::Impossible,
        (ProblemCode::PermissionNeeded, Some(hosts)) => Again::Allow(hosts.clone()),
        _ => Again::Retry,
    };
    Actions::Failed { again }
}

fn buttons(picks: Picks, id: StoredValue<String>, name: &str, actions: Actions) -> View {
    let named = |verb: &str| format!("{verb} {name}");
    let tell = move |reply: Result<(), Problem>| picks.failed.set(reply.err());
    let remove = button(Look::Quiet, "Remove", move || {
        let upload = id.get_value();
        leptos::task::spawn_local(async move { tell(call(&RemoveUpload { upload }).await) });
    })
    .attr("aria-label", named("Remove"));
    let cancel = button(Look::Quiet, "Cancel", move || {
        let upload = id.get_value();
        leptos::task::spawn_local(async move { tell(call(&CancelUpload { upload }).await) });
    })
    .attr("aria-label", named("Cancel"));
    match actions {
        Actions::Interrupted => (choose_again(picks, id, name), cancel).into_any(),
        Actions::UnderWay { paused } => {
            let verb = if paused { "Continue" } else { "Pause" };
            let pause = button(Look::Quiet, verb, move || {
                let (upload, pause) = (id.get_value(), !paused);
                leptos::task::spawn_local(async move {
                    tell(call(&PauseUpload { upload, pause }).await);
                });
            })
            .attr("aria-label", named(verb));
            (pause, cancel).into_any()
        }
        Actions::Remove => remove.into_any(),
        Actions::Failed { again } => {
            let again = match again {
                Again::Impossible => None,
                Again::Retry => Some(
                    button(Look::Quiet, "Retry", move || picks.retry(id.get_value()))
                        .attr("aria-label", named("Retry"))
                        .into_any(),
                ),
                Again::Allow(hosts) => Some(
                    button(Look::Quiet, "Allow", move || {
                        allow(picks, id, hosts.clone());
                    })
                    .into_any(),
                ),
            };
            (again, remove).into_any()
        }
    }
}

/// A button that asks for the file of an upload that ended with the browser.
fn choose_again(picks: Picks, id: StoredValue<String>, name: &str) -> View {
    let field = input()
        .attr("type", "file")
        .attr("hidden", true)
        .attr("aria-label", format!("The same file: {name}"));
    let browse: HtmlInputElement = field.element();
    let chosen = browse.clone();
    let field = field.on(ev::change, move |_| {
        if let Some(file) = chosen.files().and_then(|files| files.get(0)) {
            picks.resume(id.get_value(), file);
        }
        chosen.set_value("");
    });
    let button = button(Look::Plain, "Choose the file…", move || browse.click())
        .attr("aria-label", format!("Choose the file again: {name}"));
    (button, field).into_any()
}

fn allow(picks: Picks, id: StoredValue<String>, hosts: String) {
    leptos::task::spawn_local(async move {
        // Nothing may be awaited before: the browser asks only inside a click.
        if webext::permissions::request(&[&hosts]).await {
            picks.retry(id.get_value());
        }
    });
}

fn state(picks: Picks, upload: &UploadView) -> View {
    let checksum = upload.sha256.clone().map(sha256_view);
    let stored = (upload.phase == UploadPhase::Stored)
        .then_some(upload.file)
        .flatten()
        .map(|file| {
            span().attr("class", "copy").child((
                span()
                    .attr("class", "good")
                    .child((icon(Icon::Check), format!("Storage {file}"))),
                copy_button("Copy Storage id", file.to_string()),
            ))
        });
    // Where the name tells less than that.
    let path = picks
        .path(&upload.upload)
        .filter(|_| upload.straight_to.is_none())
        .map(|path| span().child(("from ", code().child(path))));
    let on_its_way = upload.phase != UploadPhase::Stored;
    let straight = upload.straight_to.clone().filter(|_| on_its_way);
    let straight = straight.map(|path| span().child(("to the sandbox: ", code().child(path))));
    (
        sent(upload),
        div().attr("class", "meta").child((
            span().child(kind(upload.bytes, &upload.content_type)),
            checksum,
            path,
            straight,
        )),
        failure(picks, upload),
        interrupted(upload),
        upload
            .note
            .clone()
            .map(|note| p().attr("class", "dim").child(note)),
        // What failed or waits for its file goes nowhere; the row says so above.
        (!matches!(
            upload.phase,
            UploadPhase::Failed(_) | UploadPhase::Interrupted { .. }
        ) && (stored.is_some() || upload.sandbox != SandboxCopy::None))
            .then(|| {
                div()
                    .attr("class", "meta")
                    .child((stored, in_sandbox(&upload.sandbox)))
            }),
    )
        .into_any()
}

fn sent(upload: &UploadView) -> Option<View> {
    let facts = progress(upload);
    if facts.is_empty() {
        return None;
    }
    let done = match upload.phase {
        UploadPhase::Sending { sent, .. }
        | UploadPhase::Paused { sent }
        | UploadPhase::Interrupted { sent } => Some(sent.to_string()),
        _ => None,
    };
    let facts: Vec<_> = facts.into_iter().map(|it| span().child(it)).collect();
    // A bar without a value moves all the time: not for a thousand files that wait.
    let bar = (upload.phase != UploadPhase::Waiting).then(|| {
        ui::dom::prelude::progress()
            .attr("aria-label", format!("Upload of {}", upload.name))
            .attr("max", upload.bytes.max(1).to_string())
            .attr("value", done)
    });
    Some((bar, div().attr("class", "meta num").child(facts)).into_any())
}

fn interrupted(upload: &UploadView) -> Option<View> {
    matches!(upload.phase, UploadPhase::Interrupted { .. }).then(|| {
        let cancel = match upload.straight_to {
            None => "Cancel deletes the unfinished file from Storage.",
            Some(_) => "It goes into the same sandbox, if that still lives. Cancel gives it up.",
        };
        let words = "Choose the same file again to go on: what has arrived is checked against it and \
                     not sent twice.";
        p().attr("class", "dim")
            .child(format!("{words} {cancel}"))
            .into_any()
    })
}

fn failure(picks: Picks, upload: &UploadView) -> Option<View> {
    let UploadPhase::Failed(problem) = &upload.phase else {
        return None;
    };
    let mut words = explanation(problem);
    if !picks.has_file(&upload.upload) {
        words.push_str(" This panel no longer holds the file: choose it again.");
    }
    Some(
        p().attr("class", "failure")
            .attr("role", "alert")
            .child((strong().child(problem.code.what()), " ", words))
            .into_any(),
    )
}

pub(super) fn in_sandbox(copy: &SandboxCopy) -> View {
    match copy {
        SandboxCopy::None => ().into_any(),
        SandboxCopy::NextRun => span().child("sandbox: comes with the next run").into_any(),
        SandboxCopy::Fetching => span().child("sandbox: fetching…").into_any(),
        SandboxCopy::There { path } => span()
            .attr("class", "copy")
            .child((
                span().attr("class", "good").child((
                    icon(Icon::Check),
                    span().attr("class", "word").child("sandbox"),
                    code().child(path.clone()),
                )),
                copy_button("Copy sandbox path", path.clone()),
            ))
            .into_any(),
        SandboxCopy::Failed(problem) => p()
            .attr("class", "failure")
            .attr("role", "alert")
            .child((
                strong().child(format!("Not in the sandbox: {}", problem.code.what())),
                " ",
                explanation(problem),
            ))
            .into_any(),
    }
}
