//! Runs that a former engine followed: the browser may end the engine at any time, and a run does not
//! end with it. A new engine joins them again and reads their whole output. One whose script still
//! waited for its plan or an input of the former engine is started over: nothing of it was done yet.
//! What cannot be known is never started a second time.
//!
//! No run is thrown away because Storage, e2b or a token is missing just now: it is tried again.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use e2b::{EnvdError, Pid, Signal};
use futures::future::{Either, ready, select};
use messages::engine::Step;
use messages::worker::{ConnectSandbox, PlanRun, RecallRuns, RunNote, RunPlace};
use messages::{Problem, ProblemCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::timer;

use super::attempt::{self, conclude, unless_stopped};
use super::in_sandbox::attend;
use super::keep_alive::keep_alive;
use super::outcome::Outcome;
use super::patience::patiently;
use super::report::Report;
use super::surely_ended::{self, within};
use super::{Lease, Log, Run, lease, runner};
use crate::problems;
use crate::sandbox::ask;
use crate::state::Engine;

/// Life that a sandbox is given at the least when its run is joined again, in seconds.
const LIFE_S: u32 = 180;
/// Waits between two tries, in milliseconds; the last one stays.
const TRIES_MS: [u32; 5] = [1_000, 2_000, 4_000, 8_000, 15_000];
/// How often a runner is looked for that nothing is seen of: for some seconds.
const LOOKS: u32 = 5;
/// How long a sandbox is looked for after Stop, in milliseconds.
const STOP_MS: u32 = 6_000;

/// Joins all runs that are noted down.
pub(crate) async fn recall(engine: &Rc<Engine>) {
    // Without the worker there is nothing to be done; the sandboxes end by themselves.
    let Ok(notes) = call(&RecallRuns {}).await else {
        return;
    };
    for note in notes {
        if note.stopped {
            if let Some(RunPlace {
                sandbox, ends_at, ..
            }) = note.place
            {
                surely_ended::still_to_end(note.run, sandbox, ends_at);
            }
            continue;
        }
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
    if let Some(place) = &note.place {
        let connect = ConnectSandbox {
            id: place.sandbox.clone(),
            seconds: LIFE_S,
        };
        let access = match until_possible(report, async || call(&connect).await).await {
            Ok(access) => access,
            Err(problem) => return Err(unreached(engine, run, place, problem).await),
        };
        let lease = Rc::new(Lease::found(access));
        run.in_sandbox(&lease);
        let look = look(engine, run, &lease);
        let look = match select(pin!(look), pin!(run.stop.asked())).await {
            Either::Left((look, _)) => look,
            Either::Right(_) => return Err(stopped(engine, run, &lease).await),
        };
        match look {
            Ok(Look::Begun(group)) => return join(engine, run, note, &lease, group).await,
            Ok(Look::Waited) => {
                let key = note.configuration.key();
                run.waited_in.replace(Some(lease.access.id.clone()));
                engine.leases.borrow_mut().insert(key, lease);
            }
            // Whether the script has begun is not known.
            Err(problem) => {
                if !lease::is_gone(&problem) {
                    surely_ended::give_up(engine, run, &place.sandbox, lease.ends_at()).await;
                }
                return Err(problem);
            }
        }
    }
    let words = "The browser ended the engine before the script began; the run was started over.";
    Log::tell(engine, run, vec![attempt::note(words)]);
    attempt::whole(engine, run).await
}

/// How far a run's runner came.
enum Look {
    /// It has all that the script needs; its process group.
    Begun(Pid),
    /// It was never started, or waited for something, and was ended.
    Waited,
}

/// What of a plan tells how many inputs the runner waits for.
#[derive(Deserialize)]
struct Plan {
    inputs: usize,
    ready: Vec<IgnoredAny>,
}

async fn look(engine: &Rc<Engine>, run: &Rc<Run>, lease: &Rc<Lease>) -> Result<Look, Problem> {
    let looks = Cell::new(0_u32);
    let looked = patiently(engine, run, lease, async |envd| {
        let plan = match envd.read_file(&runner::plan_of(run.id())).await {
            Ok(plan) => serde_json::from_slice::<Plan>(&plan).ok(),
            Err(EnvdError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let handed_over = plan.map(|plan| plan.inputs.saturating_sub(plan.ready.len()));
        let complete = match handed_over.map(|number| number.checked_sub(1)) {
            // Without a whole plan no script began.
            None => false,
            Some(None) => true,
            Some(Some(last)) => {
                let last = runner::input_of(run.id(), last);
                envd.stat(&last).await?.is_some()
            }
        };
        let tag = runner::tag(run.id());
        let running = envd.list().await?;
        let running = running
            .iter()
            .find(|process| process.tag.as_ref() == Some(&tag));
        if complete {
            if let Some(process) = running {
                return Ok(Look::Begun(process.pid));
            }
            // It is over when it left its file, else it never began.
            if envd.stat(&runner::events_of(run.id())).await?.is_some() {
                return Ok(Look::Begun(0));
            }
            // The former engine's request may still be on its way.
            looks.set(looks.get() + 1);
            if looks.get() < LOOKS {
                let message = "its runner may begin".to_owned();
                return Err(EnvdError::Unavailable {
                    message,
                    retry_after: None,
                });
            }
        }
        if let Some(process) = running {
            return match envd.signal_group(process.pid, Signal::Kill).await {
                // Who looks again sees that it is gone: another one has its name next.
                Ok(()) | Err(EnvdError::NotFound { .. }) => Err(EnvdError::Unavailable {
                    message: "its runner ends".to_owned(),
                    retry_after: None,
                }),
                Err(error) => Err(error),
            };
        }
        match envd.remove(&runner::folder(run.id())).await {
            Ok(()) | Err(EnvdError::NotFound { .. }) => Ok(Look::Waited),
            Err(error) => Err(error),
        }
    });
    looked.await.map_err(|error| problems::envd(&error))
}

async fn join(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    note: &RunNote,
    lease: &Rc<Lease>,
    group: Pid,
) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    run.may_have_begun.set(true);
    let key = note.configuration.key();
    engine.leases.borrow_mut().insert(key, lease.clone());
    let plan = PlanRun {
        configuration: note.configuration.clone(),
        run: note.run.clone(),
        of: note.of.clone(),
    };
    // Only the plan tells what must be masked: without it no output is shown.
    let planning = pin!(until_possible(report, async || call(&plan).await));
    let keeping = pin!(keep_alive(engine, lease, LIFE_S));
    let planned = match select(planning, keeping).await {
        Either::Left((planned, _)) => planned,
        Either::Right(_) => Err(ProblemCode::Internal.into()),
    };
    let planned = match planned {
        Ok(planned) => planned,
        Err(problem) if problem.code == ProblemCode::RunStopped => {
            return Err(surely_ended::stopped(engine, run, lease, Some(group)).await);
        }
        Err(problem) => {
            if group != 0 {
                surely_ended::give_up(engine, run, &lease.access.id, lease.ends_at()).await;
            }
            return Err(problem);
        }
    };
    run.log
        .mask(planned.mask.iter().map(|secret| secret.0.as_str()));
    run.change(|view| view.name = Some(planned.name.clone()));
    report.done(Step::Configuration, "joined again");
    report.done(Step::Sandbox, lease.begin(&planned));
    let ended = attend(engine, run, &planned, lease, group, None, ready(())).await;
    if !planned.settings.reuse {
        attempt::end_of_one_run(engine, run, lease);
    }
    ended
}

/// Does `work` as soon as that is possible: what is missing may come again, a token may be stored.
async fn until_possible<T>(
    report: Report<'_>,
    work: impl AsyncFn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let Report { engine, run } = report;
    let mut waits = TRIES_MS.iter();
    let mut wait = TRIES_MS[0];
    loop {
        // A token that is stored meanwhile is not missed.
        let nudged = engine.nudge.notified();
        match unless_stopped(run, work()).await {
            Err(problem) if may_pass(&problem) => {
                let what = problem.code.what();
                report.detail(Step::Configuration, format!("{what} Trying again…"));
            }
            done => return done,
        }
        wait = *waits.next().unwrap_or(&wait);
        let pause = async {
            select(pin!(timer::sleep_ms(wait)), pin!(nudged)).await;
            Ok(())
        };
        unless_stopped(run, pause).await?;
    }
}

/// Whether the same call may work later, when the network is back or a key was entered.
fn may_pass(problem: &Problem) -> bool {
    use ProblemCode as P;
    matches!(
        problem.code,
        P::E2bUnreachable
            | P::E2bRefused
            | P::E2bBusy
            | P::ApiMissing
            | P::DomainMismatch
            | P::SandboxLifeTooLong
            | P::E2bKeyMissing
            | P::E2bKeyInvalid
            | P::E2bKeyBlocked
            | P::RateLimited
            | P::TokenMissing
            | P::TokenInvalid
            | P::TokenRefused
            | P::TokenForbidden
            | P::StorageUnreachable
            | P::StorageFault
            | P::StorageMaintenance
            | P::PermissionNeeded
    )
}

/// After Stop in a sandbox that can be reached: the runner is looked for by its tag.
async fn stopped(engine: &Rc<Engine>, run: &Rc<Run>, lease: &Rc<Lease>) -> Problem {
    let runner = async {
        let tag = runner::tag(run.id());
        let running = ask(lease, async |envd| envd.list().await).await.ok()?;
        let running = running
            .iter()
            .find(|process| process.tag.as_ref() == Some(&tag));
        // Nobody is to be ended where nobody runs.
        Some(running.map_or(0, |process| process.pid))
    };
    let group = within(STOP_MS, runner).await.flatten();
    surely_ended::stopped(engine, run, lease, group).await
}

/// The sandbox could not be connected: after Stop its run is ended all the same.
async fn unreached(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    place: &RunPlace,
    problem: Problem,
) -> Problem {
    if problem.code == ProblemCode::RunStopped {
        return surely_ended::sandbox_ended(engine, run, &place.sandbox, place.ends_at).await;
    }
    if !lease::is_gone(&problem) {
        surely_ended::give_up(engine, run, &place.sandbox, place.ends_at).await;
    }
    problem
}
