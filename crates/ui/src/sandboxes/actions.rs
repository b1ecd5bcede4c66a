//! What can be done to a sandbox: its buttons, the questions that some ask first, and the wait.

use messages::ProblemCode;
use messages::worker::SandboxView;

use super::Question;
use super::list::Around;
use crate::controls::{Look, button};
use crate::dom::prelude::*;
use crate::life;

/// Life that a sandbox gets that is woken or taken, in seconds.
const LIFE_S: u32 = 300;

/// The line of buttons below a sandbox.
pub(super) fn actions(around: Around, sandbox: SandboxView, own: bool) -> View {
    let sandbox = StoredValue::new(sandbox);
    let asked = Memo::new(move |_| {
        let asked = around.sandboxes.asked.get();
        asked.and_then(|(id, question)| sandbox.with_value(|it| it.id == id).then_some(question))
    });
    let doing = Memo::new(move |_| {
        let doing = around.sandboxes.doing.get();
        doing.and_then(|(id, words)| sandbox.with_value(|it| it.id == id).then_some(words))
    });
    div()
        .attr("class", "row wrap actions")
        .child(move || match (doing.get(), asked.get()) {
            (Some(words), _) => span().attr("class", "dim").child(words).into_any(),
            (None, Some(Question::Terminate)) => terminate(around, sandbox),
            (None, Some(Question::Extend)) => extend(around, sandbox),
            (None, None) => usual(around, sandbox, own),
        })
        .into_any()
}

fn usual(around: Around, sandbox: StoredValue<SandboxView>, own: bool) -> View {
    let sandboxes = around.sandboxes;
    let ask = move |question| {
        let id = sandbox.with_value(|it| it.id.clone());
        sandboxes.asked.set(Some((id, question)));
    };
    let paused = sandbox.with_value(|it| it.paused);
    let id = sandbox.with_value(|it| it.id.clone());
    // Whether the engine keeps it for the next run, and whether a run goes on in it.
    let (kept, busy) = sandboxes.kept.with(|kept| {
        let known = kept.iter().find(|kept| kept.id == id);
        (known.is_some(), known.is_some_and(|known| known.busy))
    });
    let wake = move || {
        let configuration = around.own.get_value().filter(|_| own);
        sandbox.with_value(|it| match configuration {
            Some(configuration) => sandboxes.take(it, configuration, LIFE_S),
            None => sandboxes.wake(it, LIFE_S),
        });
    };
    (
        paused.then(|| button(Look::Quiet, "Resume", wake)),
        (own && !paused && !kept).then(|| button(Look::Quiet, "Use for runs", wake)),
        (!paused).then(|| button(Look::Quiet, "Extend", move || ask(Question::Extend))),
        (!paused && !busy).then(|| {
            button(Look::Quiet, "Pause", move || {
                sandboxes.pause(sandbox.with_value(|it| it.id.clone()));
            })
        }),
        span().attr("class", "grow"),
        button(Look::Danger, "Terminate", move || ask(Question::Terminate)),
    )
        .into_any()
}

fn terminate(around: Around, sandbox: StoredValue<SandboxView>) -> View {
    let sandboxes = around.sandboxes;
    let end = move || {
        if around.seen.with_value(|seen| seen()) {
            sandboxes.terminate(sandbox.with_value(|it| it.id.clone()));
        } else {
            sandboxes.failed.set(Some(ProblemCode::Covered.into()));
        }
    };
    (
        span().attr("class", "grow").child("Its files are lost."),
        button(Look::Danger, "Terminate now", end),
        button(Look::Quiet, "Keep", move || sandboxes.asked.set(None)),
    )
        .into_any()
}

fn extend(around: Around, sandbox: StoredValue<SandboxView>) -> View {
    let sandboxes = around.sandboxes;
    let now = around.now.get_untracked();
    let longer = sandbox.with_value(|it| life::longer(it.ends_at, now));
    let words = if longer.is_empty() {
        "It lives long enough."
    } else {
        "Live from now for"
    };
    let choices: Vec<_> = longer
        .into_iter()
        .map(|(seconds, name)| {
            button(Look::Quiet, name, move || {
                let (id, ends_at) = sandbox.with_value(|it| (it.id.clone(), it.ends_at));
                sandboxes.extend(id, ends_at, seconds);
            })
        })
        .collect();
    (
        span().child(words),
        choices,
        span().attr("class", "grow"),
        button(Look::Quiet, "Cancel", move || sandboxes.asked.set(None)),
    )
        .into_any()
}
