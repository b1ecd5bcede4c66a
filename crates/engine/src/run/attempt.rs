//! The way through a run.
//!
//! A sandbox of an earlier run gets the runner started while the configuration is still being
//! read: the runner waits for its plan, and the person waits for neither. Such a sandbox may turn
//! out to be gone; the run then starts over in a new one, before anything of the script was seen.
//! A sandbox that is being created becomes the configuration's lease, also when the run ends meanwhile,
//! or is ended when it was for this run only: none is left behind unknown.

use std::pin::pin;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::oneshot;
use futures::future::{Either, select};
use messages::engine::{LogLine, LogStream, RunOf, Step};
use messages::worker::{
    CreateSandbox, ForgetRun, NoteRun, PlanRun, PlannedRun, RunPlace, Settings, TerminateSandbox,
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
use crate::sandbox;
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
    // Whether its packages were all there is known only of one that got to its script.
    if problem
        .as_ref()
        .is_some_and(|it| it.code != ProblemCode::ScriptFailed)
        && let Some(lease) = engine.live_lease(&run.configuration.key())
    {
        lease.distrust_packages();
    }
    // Its sandbox is still to be ended, if need be by a new engine.
    report.end(exit, problem);
    if !run.is_left.get() {
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
    let (sender, receiver) = oneshot::channel();
    let (own, run_ahead) = (engine.clone(), run.clone());
    spawn_local(async move {
        let ahead = ahead(&own, &run_ahead).await;
        if let Some((lease, Ok(_))) = &ahead
            && !run_ahead.stop.is_asked()
            && !run_ahead.is_over()
        {
            note_down(&run_ahead, Some(lease)).await;
        }
        // After Stop, or without a configuration, nobody waits for it.
        if let Err(Some((lease, Ok(started)))) = sender.send(ahead) {
            started.abandon(&lease);
        }
    });
    let ahead = unless_stopped(run, async { Ok(receiver.await.ok().flatten()) });
    let planned = unless_stopped(run, call(&plan));
    let (planned, ahead) = match select(pin!(planned), pin!(ahead)).await {
        // Without a configuration nobody waits for a sandbox that may not answer for long.
        Either::Left((planned, ahead)) => (planned?, ahead.await?),
        Either::Right((ahead, planned)) => {
            let ahead = ahead?;
            match (planned.await, ahead) {
                (Ok(planned), ahead) => (planned, ahead),
                (Err(problem), Some((lease, Ok(started)))) => {
                    started.abandon(&lease);
                    return Err(problem);
                }
                (Err(problem), _) => return Err(problem),
            }
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
        // What is left of a recalled run is in its sandbox and in no other.
        let is_its = run.waited_in.borrow().as_ref() == Some(&lease.access.id);
        let wanted = planned.settings.reuse || is_its;
        if wanted && lease.serves(&planned.settings) {
            match in_known_sandbox(engine, run, &planned, &lease, started).await {
                Err(problem) if lease::is_of_no_use(&problem) && !run.may_have_begun.get() => {
                    match lease::is_gone(&problem) {
                        true => engine.forget_sandbox(&lease.access.id),
                        false => drop(set_aside(engine, &run.configuration.key(), &lease)),
                    }
                    report.start_over();
                }
                ended => {
                    if !planned.settings.reuse {
                        end_of_one_run(engine, run, &lease);
                    }
                    return ended;
                }
            }
        } else {
            if let Ok(started) = started {
                started.abandon(&lease);
            }
            // What is for one run only leaves the kept one as it is.
            if planned.settings.reuse && set_aside(engine, &run.configuration.key(), &lease) {
                let words = "The sandbox of before does not fit the settings any more. It holds files or a \
                             terminal of yours, so it goes on until its life ends.";
                Log::tell(engine, run, vec![note(words)]);
            }
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
    let token = lease.token();
    let mut started = Started::ahead(run.id(), &lease).await;
    if let Err(problem) = &started
        && problem.code == ProblemCode::SandboxTokenRefused
        && sandbox::renew(&lease, token).await
    {
        started = Started::ahead(run.id(), &lease).await;
    }
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
    let created = create(engine, run, &planned.settings);
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
        end_of_one_run(engine, run, &lease);
    }
    ended
}

/// Ends the sandbox of a run that had it for itself, unless the person put something of their own into
/// it meanwhile.
pub(super) fn end_of_one_run(engine: &Engine, run: &Run, lease: &Lease) {
    if !engine.holds_own(&run.configuration.key(), &lease.access.id) {
        end(engine, lease);
    }
}

/// Ends a sandbox that will not be used again: now rather than when its life runs out.
pub(super) fn end(engine: &Engine, lease: &Lease) {
    engine.forget_sandbox(&lease.access.id);
    let terminate = TerminateSandbox {
        id: lease.access.id.clone(),
    };
    spawn_local(async move { drop(call(&terminate).await) });
}

/// Parts with a kept sandbox that does not fit the settings any more. It is ended, unless it holds
/// what nobody has a copy of: then it goes on without an owner, and is offered as such. Answers
/// whether it does.
pub(crate) fn set_aside(engine: &Engine, configuration: &str, lease: &Lease) -> bool {
    let is_held = engine.holds_own(configuration, &lease.access.id);
    if is_held {
        engine.leases.borrow_mut().remove(configuration);
        let note = "It is in the sandbox of before, which does not fit the settings any more.";
        engine.copies_are_gone(configuration, note);
    } else {
        end(engine, lease);
    }
    is_held
}

/// Creates a sandbox, or takes the one that was made meanwhile for an upload. It becomes the
/// configuration's lease whatever happens to the run meanwhile; one that is for this run only is
/// ended when the run does not wait for it any more.
fn create(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    settings: &Settings,
) -> oneshot::Receiver<Result<Rc<Lease>, Problem>> {
    let (sender, receiver) = oneshot::channel();
    let (engine, run, settings) = (engine.clone(), run.clone(), settings.clone());
    spawn_local(async move {
        let key = run.configuration.key();
        let turn = engine.creations.of(&key);
        let _one_at_a_time = turn.lock().await;
        let known = engine.live_lease(&key);
        if let Some(lease) = &known
            && settings.reuse
            && lease.serves(&settings)
        {
            let _ = sender.send(Ok(lease.clone()));
            return;
        }
        let request = CreateSandbox {
            configuration: run.configuration.clone(),
            run: run.id().to_owned(),
            again: run.recalled,
        };
        let lease = call(&request)
            .await
            .map(|access| Rc::new(Lease::created(access)));
        if let Ok(lease) = &lease
            && (settings.reuse || known.is_none())
        {
            engine.leases.borrow_mut().insert(key, lease.clone());
        }
        // The run may have ended; then nobody waits.
        if let Err(Ok(lease)) = sender.send(lease)
            && !settings.reuse
        {
            end(&engine, &lease);
        }
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
