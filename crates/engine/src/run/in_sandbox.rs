//! The part of a run that happens in a sandbox: the runner is started, fed and followed.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use e2b::{Envd, EnvdError, Pid, ProcessEvents, Signal};
use futures::StreamExt;
use futures::future::{Either, join, pending, select};
use messages::engine::Step;
use messages::worker::{PlannedRun, RunInput, RunPlace, TerminateSandbox};
use messages::{Problem, ProblemCode};
use transport::Http;
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::fetch::Fetch;
use webext::timer;

use super::attempt::{note_down, unless_stopped};
use super::begin::begin;
use super::follow::follow;
use super::inputs::Inputs;
use super::keep_alive::keep_run_alive;
use super::outcome::Outcome;
use super::report::Report;
use super::runner::{self, Bundle};
use super::{Lease, Run, lease};
use crate::problems;
use crate::state::Engine;

/// How long the group may take to end after `TERM`, in milliseconds: more than the runner gives its
/// children.
const GRACE_MS: u32 = 8_000;
/// How long it may take after `KILL`.
const KILL_MS: u32 = 3_000;

/// Waits between the tries of a first write, in milliseconds: about ten seconds in all.
const OPEN_MS: [u32; 9] = [50, 100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];

/// A runner that was started.
pub(crate) struct Started {
    group: Pid,
    events: Option<ProcessEvents<<Fetch as Http>::Body>>,
    has_plan: bool,
}

impl Started {
    /// Starts the runner of the run with this id in a sandbox of an earlier run; it waits for its
    /// plan.
    pub(crate) async fn ahead(run: &str, lease: &Lease) -> Result<Self, Problem> {
        let bundle = runner::bundle().await?;
        Self::start(run, lease, &bundle, runner_files(lease, &bundle), false).await
    }

    /// Starts the runner with its plan.
    pub(crate) async fn with_plan(
        run: &Run,
        planned: &PlannedRun,
        lease: &Lease,
        inputs: &Inputs,
    ) -> Result<Self, Problem> {
        let bundle = runner::bundle().await?;
        let mut files = runner_files(lease, &bundle);
        files.push(plan_file(run, planned, inputs)?);
        unless_stopped(run, Self::start(run.id(), lease, &bundle, files, true)).await
    }

    async fn start(
        run: &str,
        lease: &Lease,
        bundle: &Bundle,
        files: Vec<(String, Bytes)>,
        has_plan: bool,
    ) -> Result<Self, Problem> {
        let envd = lease.envd()?;
        write_when_open(&envd, files).await?;
        lease.put_runner(&bundle.hash);
        let process = bundle.process("run", run);
        let (group, events) = begin(&envd, run, &process).await?;
        Ok(Self {
            group,
            events,
            has_plan,
        })
    }

    /// Ends a runner whose run never came to a plan.
    pub(crate) fn abandon(self, lease: &Rc<Lease>) {
        let lease = lease.clone();
        spawn_local(async move {
            if let Ok(envd) = lease.envd() {
                let _ = envd.signal_group(self.group, Signal::Kill).await;
            }
        });
    }
}

/// Goes through the run in this sandbox.
pub(crate) async fn in_sandbox(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
    lease: &Rc<Lease>,
    mut inputs: Inputs,
    started: Started,
) -> Result<Outcome, Problem> {
    let report = Report { engine, run };
    run.in_sandbox(lease);
    if inputs.count() > 0 {
        report.begin(Step::Inputs, "");
    }
    let envd = lease.envd()?;
    let Started {
        group,
        events,
        has_plan,
    } = started;
    if !has_plan {
        let plan = vec![plan_file(run, planned, &inputs)?];
        envd.write_files(plan)
            .await
            .map_err(|error| problems::envd(&error))?;
    }
    report.done(Step::Sandbox, lease.begin(planned));

    let lost_input = RefCell::new(None);
    let feeding = async {
        let place = RunPlace {
            sandbox: lease.access.id.clone(),
            group,
            inputs: inputs.pending.len(),
        };
        let fed = join(note_down(run, Some(place)), feed(&envd, run, &mut inputs)).await;
        if let ((), Err(problem)) = fed {
            lost_input.replace(Some(problem));
        }
    };
    let ended = attend(engine, run, planned, lease, group, events, feeding).await;
    if !run.stop.is_asked()
        && let Some(problem) = lost_input.take()
    {
        report.fail(Step::Inputs);
        return Err(problem);
    }
    ended
}

/// Follows the runner `group` to its end, keeps its sandbox alive and listens to Stop meanwhile.
/// Without `events` its stream is joined first. `feeding` is what goes on beside.
pub(super) async fn attend(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
    lease: &Rc<Lease>,
    group: Pid,
    events: Option<ProcessEvents<<Fetch as Http>::Body>>,
    feeding: impl Future<Output = ()>,
) -> Result<Outcome, Problem> {
    let envd = lease.envd()?;
    let feeding = async {
        feeding.await;
        pending::<()>().await;
    };
    let beside = join(
        feeding,
        keep_run_alive(engine, run, lease, planned.settings.life_seconds),
    );
    let stopping = pin!(stop(&envd, run, group));
    let followed = pin!(follow(engine, run, lease, group, events));
    let following = select(followed, stopping);
    let ended = match select(following, pin!(beside)).await {
        Either::Left((Either::Left((outcome, _)), _)) => outcome,
        Either::Left((Either::Right(_), _)) | Either::Right(_) => {
            Err(ProblemCode::RunStopped.into())
        }
    };
    if run.stop.is_asked() {
        return ended
            .map(Outcome::stopped)
            .or(Err(ProblemCode::RunStopped.into()));
    }
    if let Err(problem) = &ended {
        give_up(engine, run, lease, problem);
    }
    ended
}

/// After a run that was lost, its script may still go on in the sandbox. No other run may meet it
/// there, so the sandbox is not used again, and is ended as soon as that can be asked for.
fn give_up(engine: &Rc<Engine>, run: &Run, lease: &Rc<Lease>, problem: &Problem) {
    let gone = lease::is_gone(problem) && run.log.has_output();
    let lost = matches!(
        problem.code,
        ProblemCode::StreamLost | ProblemCode::E2bUnreachable
    );
    if gone || lost {
        engine.forget_sandbox(&lease.access.id);
    }
    if lost {
        let terminate = TerminateSandbox {
            id: lease.access.id.clone(),
        };
        spawn_local(async move { drop(call(&terminate).await) });
    }
}

/// Hands inputs to the waiting runner as they get ready. When one does not, the runner is told to
/// end, and the problem is the run's.
async fn feed(envd: &Envd<'_, Fetch>, run: &Run, inputs: &mut Inputs) -> Result<(), Problem> {
    let mut number = 0;
    while let Some(input) = inputs.pending.next().await {
        let put = match input {
            Ok(input) => put_input(envd, run.id(), number, &input).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = put {
            let path = format!("{}/abort", runner::folder(run.id()));
            // When even this fails, the sandbox is gone, and the runner's stream will say so.
            let _ = envd
                .write_files(vec![(path, Bytes::from(problem.code.what()))])
                .await;
            return Err(problem);
        }
        number += 1;
    }
    Ok(())
}

async fn put_input(
    envd: &Envd<'_, Fetch>,
    run: &str,
    number: usize,
    input: &RunInput,
) -> Result<(), Problem> {
    let text = serde_json::to_vec(input)
        .map_err(|_| Problem::with(ProblemCode::Internal, "an input could not be written"))?;
    envd.write_files(vec![(input_file(run, number), Bytes::from(text))])
        .await
        .map(drop)
        .map_err(|error| problems::envd(&error))
}

/// Where the runner looks for an input, from 0 on; they come one after the other.
pub(super) fn input_file(run: &str, number: usize) -> String {
    format!("{}/inputs/{number}.json", runner::folder(run))
}

/// Waits for Stop, then ends the group: gently, then by force. Resolves when even that had no
/// effect that could be seen.
async fn stop(envd: &Envd<'_, Fetch>, run: &Run, group: Pid) {
    run.stop.asked().await;
    let _ = envd.signal_group(group, Signal::Term).await;
    timer::sleep_ms(GRACE_MS).await;
    let _ = envd.signal_group(group, Signal::Kill).await;
    timer::sleep_ms(KILL_MS).await;
}

/// Writes the first files. Right after a create, the sandbox's gateway may answer before its envd
/// listens (reference e2b §3.6); that passes in moments.
async fn write_when_open(
    envd: &Envd<'_, Fetch>,
    files: Vec<(String, Bytes)>,
) -> Result<(), Problem> {
    for wait in OPEN_MS {
        match envd.write_files(files.clone()).await {
            Err(EnvdError::PortNotOpen) => timer::sleep_ms(wait).await,
            other => return other.map(drop).map_err(|error| problems::envd(&error)),
        }
    }
    envd.write_files(files)
        .await
        .map(drop)
        .map_err(|error| problems::envd(&error))
}

/// The runner's own files, once a sandbox.
fn runner_files(lease: &Lease, bundle: &Bundle) -> Vec<(String, Bytes)> {
    if lease.has_runner(&bundle.hash) {
        Vec::new()
    } else {
        bundle.files().collect()
    }
}

fn plan_file(run: &Run, planned: &PlannedRun, inputs: &Inputs) -> Result<(String, Bytes), Problem> {
    let plan = runner::plan(run.id(), planned, inputs)?;
    Ok((format!("{}/plan.json", runner::folder(run.id())), plan))
}
