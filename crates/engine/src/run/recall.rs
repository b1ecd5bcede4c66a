//! Runs that a former engine followed: the browser may end the engine at any time, and a run does not
//! end with it. A new engine joins them again and reads their whole output. One whose script still
//! waited for an input of the former engine is started over: nothing of it was done yet.

use std::rc::Rc;

use e2b::{EnvdError, Signal};
use futures::future::ready;
use messages::engine::Step;
use messages::worker::{ConnectSandbox, PlanRun, RecallRuns, RunNote, RunPlace};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;

use super::attempt::{self, conclude, end, unless_stopped};
use super::in_sandbox::{attend, input_file};
use super::outcome::Outcome;
use super::report::Report;
use super::{Lease, Log, Run, folder};
use crate::problems;
use crate::state::Engine;

/// Life that a sandbox is given at the least when its run is joined again, in seconds.
const LIFE_S: u32 = 180;

/// Joins all runs that are noted down.
pub(crate) async fn recall(engine: &Rc<Engine>) {
    // Without the worker there is nothing to be done; the sandboxes end by themselves.
    let Ok(notes) = call(&RecallRuns {}).await else {
        return;
    };
    for note in notes {
        let key = note.configuration.key();
        if engine.runs.borrow().contains_key(&key) {
            continue;
        }
        let run = Rc::new(Run::recalled(&note));
        engine.runs.borrow_mut().insert(key, run.clone());
        let engine = engine.clone();
        spawn_local(async move {
            let ended = again(&engine, &run, &note).await;
            conclude(&engine, &run, ended).await;
        });
    }
}

async fn again(engine: &Rc<Engine>, run: &Rc<Run>, note: &RunNote) -> Result<Outcome, Problem> {
    let lease = match &note.place {
        None => None,
        Some(place) => match look(run, place).await? {
            Look::Complete => return join(engine, run, note, place).await,
            Look::Waits(lease) => lease,
        },
    };
    if let Some(lease) = lease {
        let key = note.configuration.key();
        engine.leases.borrow_mut().insert(key, lease);
    }
    let words = "The browser ended the engine before the script began; the run was started over.";
    Log::tell(engine, run, vec![attempt::note(words.to_owned())]);
    attempt::whole(engine, run).await
}

/// How far a run's runner came.
enum Look {
    /// It has all that the script needs.
    Complete,
    /// It waited for an input, and was ended; its sandbox can be used, unless that went wrong.
    Waits(Option<Rc<Lease>>),
}

async fn look(run: &Run, place: &RunPlace) -> Result<Look, Problem> {
    let Some(last) = place.inputs.checked_sub(1) else {
        return Ok(Look::Complete);
    };
    let connect = ConnectSandbox {
        id: place.sandbox.clone(),
        seconds: LIFE_S,
    };
    let access = match unless_stopped(run, call(&connect)).await {
        Ok(access) => access,
        // No script can be in it.
        Err(problem) if problem.code == ProblemCode::SandboxVanished => {
            return Ok(Look::Waits(None));
        }
        Err(problem) => return Err(problem),
    };
    let lease = Rc::new(Lease::found(access));
    let envd = lease.envd()?;
    let there = envd.stat(&input_file(run.id(), last)).await;
    if there.map_err(|error| problems::envd(&error))?.is_some() {
        return Ok(Look::Complete);
    }
    let ended = envd.signal_group(place.group, Signal::Kill).await;
    let cleared = match ended {
        Ok(()) | Err(EnvdError::NotFound { .. }) => envd.remove(&folder(run.id())).await,
        Err(error) => Err(error),
    };
    // Beside a runner that may still wait there, no other one is started.
    Ok(Look::Waits(cleared.is_ok().then_some(lease)))
}

async fn join(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    note: &RunNote,
    place: &RunPlace,
) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    report.begin(Step::Configuration, "");
    let plan = PlanRun {
        configuration: note.configuration.clone(),
        run: note.run.clone(),
        of: note.of.clone(),
    };
    // Only the plan tells what must be masked: without it no output is shown.
    let planned = unless_stopped(run, call(&plan)).await?;
    run.log
        .mask(planned.mask.iter().map(|secret| secret.0.as_str()));
    run.change(|view| view.name = Some(planned.name.clone()));
    report.done(Step::Configuration, "joined again");
    report.begin(Step::Sandbox, "");
    let connect = ConnectSandbox {
        id: place.sandbox.clone(),
        seconds: planned.settings.life_seconds.max(LIFE_S),
    };
    let access = unless_stopped(run, call(&connect)).await?;
    let lease = Rc::new(Lease::found(access));
    engine
        .leases
        .borrow_mut()
        .insert(note.configuration.key(), lease.clone());
    run.in_sandbox(&lease);
    report.done(Step::Sandbox, lease.begin(&planned));
    let ended = attend(engine, run, &planned, &lease, place.group, None, ready(())).await;
    if !planned.settings.reuse {
        end(engine, &lease);
    }
    ended
}
