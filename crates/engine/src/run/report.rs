//! What is told of a run: its steps, its notes, its end.

use std::rc::Rc;

use messages::engine::{Event, RunEnd, RunPhase, RunUsage, Step, StepView};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::timer;

use super::Run;
use crate::state::Engine;

/// How long changes of a run are gathered before listeners are told, in milliseconds: what looks
/// like at once. Panels share this document's thread, so everything drawn sooner is drawn before the
/// first line.
const GATHER_MS: u32 = 100;

/// Whether listeners know how a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Told long ago: a change is told at once.
    #[default]
    Quiet,
    /// Told just now: changes are gathered.
    Gathering,
    /// Changes wait to be told.
    Changed,
}

/// A run and everyone who wants to hear of it.
#[derive(Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) engine: &'a Rc<Engine>,
    pub(crate) run: &'a Rc<Run>,
}

/// How the script ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<String>,
    pub(crate) usage: Option<RunUsage>,
}

impl Report<'_> {
    /// A step begins; one that has begun already goes on.
    pub(crate) fn begin(self, step: Step, detail: &str) {
        let began_ms = self.run.elapsed_ms();
        self.run.change(|view| {
            if !view.steps.iter().any(|known| known.step == step) {
                let detail = detail.to_owned();
                view.steps.push(StepView {
                    step,
                    began_ms,
                    took_ms: None,
                    failed: false,
                    detail,
                });
            }
        });
        self.tell();
    }

    /// A step is done.
    pub(crate) fn done(self, step: Step, detail: impl Into<String>) {
        let now = self.run.elapsed_ms();
        self.begin(step, "");
        self.change_step(step, |view| {
            view.took_ms = Some(now.saturating_sub(view.began_ms));
            view.detail = detail.into();
        });
    }

    /// What is known of a step that goes on.
    pub(crate) fn detail(self, step: Step, detail: String) {
        self.change_step(step, |view| view.detail = detail);
    }

    /// A step failed.
    pub(crate) fn fail(self, step: Step) {
        let now = self.run.elapsed_ms();
        self.change_step(step, |view| {
            view.failed = true;
            view.took_ms = Some(now.saturating_sub(view.began_ms));
        });
    }

    /// Starts the list of steps over: the sandbox that was used again is gone.
    pub(crate) fn start_over(self) {
        self.run
            .change(|view| view.steps.retain(|step| step.step == Step::Configuration));
        self.tell();
    }

    /// The end, once.
    pub(crate) fn end(self, exit: Exit, problem: Option<Problem>) {
        let total_ms = self.run.elapsed_ms();
        let stopped = problem
            .as_ref()
            .is_some_and(|it| it.code == ProblemCode::RunStopped);
        self.run.change(|view| {
            for step in view.steps.iter_mut().filter(|step| step.took_ms.is_none()) {
                step.took_ms = Some(total_ms.saturating_sub(step.began_ms));
                step.failed = problem.is_some() && !stopped;
            }
            let Exit {
                code: exit_code,
                signal,
                usage,
            } = exit;
            view.phase = RunPhase::Ended(Box::new(RunEnd {
                exit_code,
                signal,
                total_ms,
                usage,
                problem,
            }));
        });
        self.tell();
    }

    /// Tells everyone how the run stands: at once after a pause, else gathered for a moment.
    pub(crate) fn tell(self) {
        if self.run.telling.replace(Telling::Changed) != Telling::Quiet {
            return;
        }
        let (engine, run) = (self.engine.clone(), self.run.clone());
        engine.publish(&Event::Run(run.view()));
        run.telling.set(Telling::Gathering);
        spawn_local(async move {
            loop {
                timer::sleep_ms(GATHER_MS).await;
                if run.telling.replace(Telling::Gathering) != Telling::Changed {
                    break;
                }
                engine.publish(&Event::Run(run.view()));
            }
            run.telling.set(Telling::Quiet);
        });
    }

    fn change_step(self, step: Step, change: impl FnOnce(&mut StepView)) {
        self.run.change(|view| {
            if let Some(known) = view.steps.iter_mut().find(|known| known.step == step) {
                change(known);
            }
        });
        self.tell();
    }
}
