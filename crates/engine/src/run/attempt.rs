//! The way through a run.
//!
//! A sandbox of an earlier run gets the runner started while the configuration is still being
//! read: the runner waits for its plan, and the person waits for neither. Such a sandbox may turn
//! out to be gone; the run then starts over in a new one, before anything of the script was seen.
//! A sandbox that is being created always becomes the configuration's lease, also when the run ends
//! meanwhile: none is left behind unknown.

use std::pin::pin;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::oneshot;
use futures::future::{Either, join, select};
use messages::engine::{LogLine, LogStream, RunOf, Step};
use messages::worker::{
    CreateSandbox, ForgetRun, NoteRun, PlanRun, PlannedRun, RunPlace, TerminateSandbox,
};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::timer;

use super::in_sandbox::{Started, in_sandbox};
use super::inputs::Inputs;
use super::log::Log;
use super::outcome::Outcome;
use super::report::{Exit, Report};
use super::{Lease, Run, lease};
use crate::state::Engine;

/// How long a run goes on before it is noted down without a place, in milliseconds: most have one by
/// then, and their first line does not wait for two notes.
const NOTE_AFTER_MS: u32 = 300;

/// Runs to the end and tells of it.
pub(crate) async fn run(engine: &Rc<Engine>, run: &Rc<Run>) {
    let pressed = run.clone();
    spawn_local(async move {
        timer::sleep_ms(NOTE_AFTER_MS).await;
        if !pressed.is_over() && !pressed.has_place.get() {
            note_down(&pressed, None).await;
        }
    });
    let ended = whole(engine, run).await;
    conclude(engine, run, ended).await;
}

/// Tells how it ended.
pub(super) async fn conclude(engine: &Rc<Engine>, run: &Rc<Run>, ended: Result<Outcome, Problem>) {
    let report = Report { engine, run };
    let (exit, problem) = match ended {
        Ok(outcome) => {
            let problem = outcome.problem();
            (outcome.exit, problem)
        }
        Err(problem) => (Exit::default(), Some(problem)),
    };
    // Its sandbox is still to be ended, if need be by a new engine.
    let unseen = problem.as_ref().map(|problem| problem.code) == Some(ProblemCode::StopUnseen);
    report.end(exit, problem);
    if !unseen {
        let forget = ForgetRun {
            run: run.id().to_owned(),
        };
        // A note that stays is of a run that has ended: the next engine finds that out.
        let _ = call(&forget).await;
    }
}

/// Notes the run down, with the sandbox that it is in: a new engine finds it again.
pub(super) async fn note_down(run: &Run, lease: Option<&Lease>) {
    run.has_place.set(lease.is_some());
    let place = lease.map(|lease| RunPlace {
        sandbox: lease.access.id.clone(),
        ends_at: lease.ends_at(),
        lengthened: run.lengthened.get(),
    });
    // Without the note the run goes on all the same.
    let note = run.note(place);
    let _ = call(&NoteRun { note }).await;
}

pub(super) async fn whole(engine: &Rc<Engine>, run: &Rc<Run>) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    report.begin(Step::Configuration, "");
    let plan = PlanRun {
        configuration: run.configuration.clone(),
        run: run.id().to_owned(),
        of: run.of(),
    };
    // Noted down while the configuration is read: before the runner has its plan.
    let ahead = async {
        let ahead = ahead(engine, run).await;
        if let Some((lease, Ok(_))) = &ahead {
            note_down(run, Some(lease)).await;
        }
        ahead
    };
    let (planned, ahead) = join(unless_stopped(run, call(&plan)), ahead).await;
    let planned = match planned {
        Ok(planned) => planned,
        Err(problem) => {
            if let Some((lease, Ok(started))) = ahead {
                started.abandon(&lease);
            }
            return Err(problem);
        }
    };
    run.log
        .mask(planned.mask.iter().map(|secret| secret.0.as_str()));
    run.change(|view| view.name = Some(planned.name.clone()));
    let version = planned.version;
    let words = match run.of() {
        RunOf::Saved => format!("version {version}"),
        RunOf::Unsaved => format!("unsaved edits on version {version}"),
        RunOf::DebugJob(job) => format!("version {version} on the inputs of debug job {job}"),
    };
    if run.of() != RunOf::Saved {
        Log::tell(engine, run, vec![note(&format!("Running {words}."))]);
    }
    report.done(Step::Configuration, words);

    if let Some((lease, started)) = ahead {
        // What is left of a recalled run is in this sandbox and in no other.
        let wanted = planned.settings.reuse || run.recalled;
        if wanted && lease.serves(&planned.settings) {
            match in_known_sandbox(engine, run, &planned, &lease, started).await {
                Err(problem) if lease::is_gone(&problem) && !run.may_have_begun.get() => {
                    engine.forget_sandbox(&lease.access.id);
                    report.start_over();
                }
                ended => {
                    if !planned.settings.reuse {
                        end(engine, &lease);
                    }
                    return ended;
                }
            }
        } else {
            end(engine, &lease);
        }
        note_down(run, None).await;
    }
    in_new_sandbox(engine, run, &planned).await
}

/// A line of ours in the log.
pub(super) fn note(text: &str) -> LogLine {
    LogLine {
        t: 0,
        stream: LogStream::Note,
        text: text.to_owned(),
        continues: false,
    }
}

/// The runner in the sandbox of an earlier run, which waits for its plan: the one that was started
/// before Run was pressed, or one that is started now.
async fn ahead(engine: &Engine, run: &Run) -> Option<(Rc<Lease>, Result<Started, Problem>)> {
    if let Some(ahead) = run.ahead.take() {
        let lease = ahead.lease.clone();
        if let Some(started) = ahead.started().await {
            return Some((lease, Ok(started)));
        }
    }
    let lease = engine.live_lease(&run.configuration.key())?;
    let started = Started::ahead(run.id(), &lease).await;
    Some((lease, started))
}

/// Goes on in the sandbox of an earlier run.
async fn in_known_sandbox(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
    lease: &Rc<Lease>,
    started: Result<Started, Problem>,
) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    report.begin(Step::Sandbox, "reused");
    let started = started?;
    let inputs = Inputs::begin(&run.configuration, planned, Some(lease));
    in_sandbox(engine, run, planned, lease, inputs, started).await
}

/// Creates a sandbox while the inputs get ready.
async fn in_new_sandbox(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    report.begin(Step::Sandbox, "new");
    let mut inputs = Inputs::begin(&run.configuration, planned, None);
    if inputs.count() > 0 {
        report.begin(Step::Inputs, "");
    }
    let created = create(engine, run);
    let created = async {
        created
            .await
            .unwrap_or_else(|_| Err(ProblemCode::Internal.into()))
    };
    let mut created = pin!(unless_stopped(run, created));
    let lease = loop {
        if inputs.pending.is_empty() {
            break created.as_mut().await?;
        }
        match select(created.as_mut(), inputs.pending.next()).await {
            Either::Left((lease, _)) => break lease?,
            Either::Right((Some(input), _)) => inputs.ready.push(input?),
            Either::Right((None, _)) => {}
        }
    };
    let ended = async {
        let started = Started::with_plan(engine, run, planned, &lease, &inputs).await?;
        in_sandbox(engine, run, planned, &lease, inputs, started).await
    };
    let ended = ended.await;
    if !planned.settings.reuse {
        end(engine, &lease);
    }
    ended
}

/// Ends a sandbox that will not be used again: now rather than when its life runs out.
pub(crate) fn end(engine: &Engine, lease: &Lease) {
    engine.forget_sandbox(&lease.access.id);
    let terminate = TerminateSandbox {
        id: lease.access.id.clone(),
    };
    spawn_local(async move { drop(call(&terminate).await) });
}

/// Creates a sandbox. It becomes the configuration's lease whatever happens to the run meanwhile.
fn create(engine: &Rc<Engine>, run: &Rc<Run>) -> oneshot::Receiver<Result<Rc<Lease>, Problem>> {
    let (sender, receiver) = oneshot::channel();
    let (engine, run) = (engine.clone(), run.clone());
    spawn_local(async move {
        let request = CreateSandbox {
            configuration: run.configuration.clone(),
            run: run.id().to_owned(),
            again: run.recalled,
        };
        let lease = call(&request)
            .await
            .map(|access| Rc::new(Lease::created(access)));
        if let Ok(lease) = &lease {
            engine
                .leases
                .borrow_mut()
                .insert(run.configuration.key(), lease.clone());
        }
        // The run may have ended; then nobody waits.
        let _ = sender.send(lease);
    });
    receiver
}

/// Waits for `work`, or for Stop.
pub(super) async fn unless_stopped<T>(
    run: &Run,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    match select(pin!(work), pin!(run.stop.asked())).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(ProblemCode::RunStopped.into()),
    }
}
