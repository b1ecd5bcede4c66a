//! The list of the key's sandboxes: life left, and Terminate with a question in place.

use std::rc::Rc;

use crate::dom::prelude::*;
use messages::engine::DropSandbox;
use messages::worker::{EngineRuns, ListSandboxes, SandboxView, TerminateSandbox};
use messages::{Problem, ProblemCode};

use crate::controls::{Look, button};
use crate::format;
use crate::notice::problem;

/// The sandboxes as they were last read.
#[derive(Clone, Copy, Debug)]
pub struct Sandboxes {
    list: RwSignal<Option<Vec<SandboxView>>>,
    failed: RwSignal<Option<Problem>>,
    /// The sandbox that the question stands at.
    asked: RwSignal<Option<String>>,
    /// The sandbox that is being ended.
    ending: RwSignal<Option<String>>,
}

impl Sandboxes {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            list: RwSignal::new(None),
            failed: RwSignal::new(None),
            asked: RwSignal::new(None),
            ending: RwSignal::new(None),
        }
    }

    /// Reads the list.
    pub fn refresh(self) {
        leptos::task::spawn_local(self.read());
    }

    async fn read(self) {
        match webext::calls::call(&ListSandboxes {}).await {
            Ok(list) => {
                self.list.set(Some(list));
                self.failed.set(None);
            }
            // Without a key there are none to show; the key's own place says that it is missing.
            Err(problem) if problem.code == ProblemCode::E2bKeyMissing => {
                self.list.set(Some(Vec::new()));
                self.failed.set(None);
            }
            Err(problem) => self.failed.set(Some(problem)),
        }
    }

    async fn terminate(self, id: String) {
        self.ending.set(Some(id.clone()));
        let ended = webext::calls::call(&TerminateSandbox { id: id.clone() }).await;
        if ended.is_ok()
            && matches!(webext::calls::call(&EngineRuns {}).await, Ok(true))
            && let Err(problem) = webext::calls::call(&DropSandbox { id }).await
        {
            self.failed.set(Some(problem));
        }
        self.ending.set(None);
        self.asked.set(None);
        self.read().await;
        if let Err(problem) = ended {
            self.failed.set(Some(problem));
        }
    }
}

impl Default for Sandboxes {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the person can see what they press (see `webext::visibility`).
pub type Seen = Rc<dyn Fn() -> bool>;

/// The list. `own` is the key of the configuration at hand, to mark its sandbox; the popup has none.
pub fn sandbox_list(
    sandboxes: Sandboxes,
    now: ReadSignal<u64>,
    own: Option<String>,
    seen: Seen,
) -> View {
    let seen = StoredValue::new_local(seen);
    let own = StoredValue::new(own);
    (
        move || sandboxes.failed.get().map(|it| problem(&it, None)),
        move || match sandboxes.list.get() {
            None if sandboxes.failed.with(Option::is_some) => ().into_any(),
            None => div()
                .attr("class", "dim")
                .child("Reading the list…")
                .into_any(),
            Some(list) if list.is_empty() => div()
                .attr("class", "dim")
                .child("No sandbox is running. A run makes one.")
                .into_any(),
            Some(list) => ul()
                .attr("class", "card")
                .attr("aria-label", "Sandboxes")
                .child(
                    list.into_iter()
                        .map(|sandbox| row(sandboxes, sandbox, now, own, seen))
                        .collect::<Vec<_>>(),
                )
                .into_any(),
        },
    )
        .into_any()
}

fn row(
    sandboxes: Sandboxes,
    sandbox: SandboxView,
    now: ReadSignal<u64>,
    own: StoredValue<Option<String>>,
    seen: StoredValue<Seen, LocalStorage>,
) -> View {
    let whose = match (&sandbox.configuration, own.get_value()) {
        (None, _) => "not made here",
        (Some(_), None) => "made by a run",
        (Some(key), Some(own)) if *key == own => "this configuration",
        (Some(_), Some(_)) => "another configuration",
    };
    let size = sandbox
        .size
        .map(|(cpus, megabytes)| format!("{cpus} vCPU, {megabytes} MB"));
    let (ends_at, paused) = (sandbox.ends_at, sandbox.paused);
    let life = move || match format::countdown(ends_at, now.get()) {
        _ if paused => "paused".to_owned(),
        over if over == "0:00" => "over".to_owned(),
        left => format!("{left} left"),
    };
    let id = StoredValue::new(sandbox.id.clone());
    li().attr("class", "item")
        .child((
            div().attr("class", "row").child((
                strong().attr("class", "grow").child(sandbox.template),
                span().attr("class", "num").child(life),
                move || action(sandboxes, id, seen),
            )),
            div().attr("class", "meta").child((
                code().child(sandbox.id),
                span().child(whose),
                size.map(|size| span().child(size)),
            )),
        ))
        .into_any()
}

/// Terminate; then the question; then the wait.
fn action(
    sandboxes: Sandboxes,
    id: StoredValue<String>,
    seen: StoredValue<Seen, LocalStorage>,
) -> View {
    let this = id.get_value();
    if sandboxes.ending.get().as_ref() == Some(&this) {
        return span().attr("class", "dim").child("Terminating…").into_any();
    }
    if sandboxes.asked.get().as_ref() != Some(&this) {
        return button(Look::Danger, "Terminate", move || {
            sandboxes.asked.set(Some(id.get_value()));
        })
        .into_any();
    }
    let terminate = move || {
        if seen.with_value(|seen| seen()) {
            leptos::task::spawn_local(sandboxes.terminate(id.get_value()));
        } else {
            sandboxes.failed.set(Some(ProblemCode::Covered.into()));
        }
    };
    (
        span().child("Its files are lost."),
        button(Look::Danger, "Terminate now", terminate),
        button(Look::Quiet, "Keep", move || sandboxes.asked.set(None)),
    )
        .into_any()
}
