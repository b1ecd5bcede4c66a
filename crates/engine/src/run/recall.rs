//! Runs that a former engine followed: the browser may end the engine at any time, and a run does not
//! end with it. A new engine joins them again and reads their whole output.

use std::rc::Rc;

use futures::future::ready;
use messages::Problem;
use messages::engine::Step;
use messages::worker::{ConnectSandbox, PlanRun, RecallRuns, RunNote};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;

use super::attempt::{conclude, end, unless_stopped};
use super::in_sandbox::attend;
use super::outcome::Outcome;
use super::report::Report;
use super::{Lease, Run};
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
        id: note.sandbox.clone(),
        seconds: planned.settings.life_seconds.max(LIFE_S),
    };
    let access = unless_stopped(run, call(&connect)).await?;
    let lease = Rc::new(Lease::new(access));
    engine
        .leases
        .borrow_mut()
        .insert(note.configuration.key(), lease.clone());
    run.in_sandbox(&lease);
    report.done(Step::Sandbox, lease.words());
    let ended = attend(engine, run, &planned, &lease, note.group, None, ready(())).await;
    if !planned.settings.reuse {
        end(engine, &lease);
    }
    ended
}
