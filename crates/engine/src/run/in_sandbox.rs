//! The part of a run that happens in a sandbox: the runner is started, fed and followed.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use e2b::{Envd, EnvdError, Patience, Pid, ProcessEvents, Signal};
use futures::StreamExt;
use futures::future::{Either, join, join3, pending, select};
use messages::engine::Step;
use messages::worker::{PlannedRun, RunInput};
use messages::{Problem, ProblemCode};
use transport::Http;
use wasm_bindgen_futures::spawn_local;
use webext::fetch::Fetch;
use webext::{clock, timer};

use super::attempt::note_down;
use super::begin::begin;
use super::cover::{cover, set_back};
use super::follow::{Failed, follow};
use super::inputs::Inputs;
use super::keep_alive::keep_run_alive;
use super::outcome::Outcome;
use super::patience::patiently;
use super::report::Report;
use super::runner::{self, Bundle};
use super::surely_ended::{self, within};
use super::{Lease, Run, lease};
use crate::problems;
use crate::sandbox::ask;
use crate::state::Engine;

/// How long the group may take to end after `TERM`, in milliseconds: more than the runner gives its
/// children.
const GRACE_MS: u32 = 8_000;
/// How long it may take after `KILL`.
const KILL_MS: u32 = 3_000;
/// Between two tries to send a signal, in milliseconds.
const SIGNAL_MS: u32 = 500;
/// How long the answer to a start is waited for after Stop, in milliseconds.
const START_MS: u32 = 8_000;
/// How long a runner that has no plan yet is looked for when the answer to its start is lost.
const AHEAD_MS: u64 = 20_000;

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
        let until = clock::unix_ms() + AHEAD_MS;
        put_files(lease, runner_files(lease, &bundle), &bundle, until).await?;
        let process = bundle.process("run", run);
        let (group, events) = begin(&lease.envd()?, run, &process, until).await?;
        Ok(Self {
            group,
            events,
            has_plan: false,
        })
    }

    /// Starts the runner with its plan. Stop does not leave a start behind whose answer is not there yet:
    /// the runner would run all the same.
    pub(crate) async fn with_plan(
        engine: &Rc<Engine>,
        run: &Rc<Run>,
        planned: &PlannedRun,
        lease: &Rc<Lease>,
        inputs: &Inputs,
    ) -> Result<Self, Problem> {
        let bundle = runner::bundle().await?;
        let mut files = runner_files(lease, &bundle);
        files.push(plan_file(run, planned, inputs)?);
        // Noted down before anything of the script can have begun.
        let put = join(
            note_down(run, Some(lease)),
            put_files(lease, files, &bundle, lease.ends_at()),
        );
        match select(pin!(put), pin!(run.stop.asked())).await {
            Either::Left((((), put), _)) => put?,
            Either::Right(_) => return Err(ProblemCode::RunStopped.into()),
        }
        run.may_have_begun.set(true);
        let process = bundle.process("run", run.id());
        let envd = lease.envd()?;
        let begun = begin(&envd, run.id(), &process, lease.ends_at());
        let begun = match select(pin!(begun), pin!(run.stop.asked())).await {
            Either::Left((begun, _)) => begun,
            Either::Right(((), begun)) => {
                let group = match within(START_MS, begun).await {
                    Some(Ok((group, _))) => Some(group),
                    Some(Err(_)) | None => None,
                };
                return Err(surely_ended::stopped(engine, run, lease, group).await);
            }
        };
        match begun {
            Ok((group, events)) => Ok(Self {
                group,
                events,
                has_plan: true,
            }),
            Err(problem) => {
                let ended = Err(Failed::lost(problem));
                conclude(engine, run, lease, ended).await
            }
        }
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
    let Started {
        group,
        events,
        has_plan,
    } = started;
    if !has_plan {
        give_plan(engine, run, planned, lease, &inputs, group).await?;
    }
    report.done(Step::Sandbox, lease.begin(planned));

    let lost_input = RefCell::new(None);
    let feeding = async {
        if let Err(problem) = feed(engine, run, lease, &mut inputs).await {
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

/// Gives the waiting runner its plan.
async fn give_plan(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
    lease: &Rc<Lease>,
    inputs: &Inputs,
    group: Pid,
) -> Result<(), Problem> {
    let plan = vec![plan_file(run, planned, inputs)?];
    let tries = Cell::new(0_u32);
    run.may_have_begun.set(true);
    let given = patiently(engine, run, lease, async |envd| {
        tries.set(tries.get() + 1);
        envd.write_files(plan.clone()).await
    });
    let error = match select(pin!(given), pin!(run.stop.asked())).await {
        Either::Left((Ok(_), _)) => return Ok(()),
        Either::Left((Err(error), _)) => error,
        Either::Right(_) => {
            return Err(surely_ended::stopped(engine, run, lease, Some(group)).await);
        }
    };
    if error == EnvdError::SandboxGone && tries.get() == 1 {
        run.may_have_begun.set(false);
    }
    let ended = Err(Failed::lost(problems::envd(&error)));
    conclude(engine, run, lease, ended).await
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
    let feeding = async {
        feeding.await;
        pending::<()>().await;
    };
    let beside = join3(
        feeding,
        cover(engine, run, planned, lease),
        keep_run_alive(engine, run, lease, planned.settings.life_seconds),
    );
    let stopping = pin!(stop(lease, run, group));
    let followed = pin!(follow(engine, run, lease, group, events));
    let following = select(followed, stopping);
    let ended = match select(following, pin!(beside)).await {
        Either::Left((Either::Left((outcome, _)), _)) => outcome,
        Either::Left((Either::Right(_), _)) | Either::Right(_) => {
            Err(Failed::lost(ProblemCode::RunStopped.into()))
        }
    };
    if planned.settings.reuse {
        let (engine, run, planned, lease) =
            (engine.clone(), run.clone(), planned.clone(), lease.clone());
        spawn_local(async move { set_back(&engine, &run, &planned, &lease).await });
    }
    if !run.stop.is_asked() {
        return conclude(engine, run, lease, ended).await;
    }
    match ended {
        Ok(outcome) => Ok(outcome.stopped()),
        Err(Failed { over: true, .. }) => Err(ProblemCode::RunStopped.into()),
        Err(Failed { over: false, .. }) => {
            Err(surely_ended::stopped(engine, run, lease, Some(group)).await)
        }
    }
}

/// After a run that was lost, its script may still go on in the sandbox: that is not used again, and is
/// ended as soon as that can be asked for, if need be by the next engine. One that is gone is forgotten.
async fn conclude<T>(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Lease,
    ended: Result<T, Failed>,
) -> Result<T, Problem> {
    match ended {
        Ok(done) => Ok(done),
        Err(Failed {
            problem,
            over: false,
        }) => {
            surely_ended::give_up(engine, run, &lease.access.id, lease.ends_at()).await;
            Err(problem)
        }
        Err(Failed { problem, .. }) => {
            if lease::is_gone(&problem) {
                engine.forget_sandbox(&lease.access.id);
            }
            Err(problem)
        }
    }
}

/// Hands inputs to the waiting runner as they get ready. When one does not, the runner is told to
/// end, and the problem is the run's.
async fn feed(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Lease,
    inputs: &mut Inputs,
) -> Result<(), Problem> {
    let put = async |path: String, content: Bytes| {
        let file = vec![(path, content)];
        patiently(engine, run, lease, async |envd| {
            envd.write_files(file.clone()).await
        })
        .await
        .map(drop)
        .map_err(|error| problems::envd(&error))
    };
    let mut number = 0;
    while let Some(input) = inputs.pending.next().await {
        let placed = match input.and_then(|input| input_file(&input)) {
            Ok(content) => put(runner::input_of(run.id(), number), content).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = placed {
            let path = format!("{}/abort", runner::folder(run.id()));
            // When even this fails, the sandbox is gone, and the runner's stream will say so.
            let _ = put(path, Bytes::from(problem.code.what())).await;
            return Err(problem);
        }
        number += 1;
    }
    Ok(())
}

fn input_file(input: &RunInput) -> Result<Bytes, Problem> {
    serde_json::to_vec(input)
        .map(Bytes::from)
        .map_err(|_| Problem::with(ProblemCode::Internal, "an input could not be written"))
}

/// Waits for Stop, then ends the group: gently, then by force. Resolves when even that had no
/// effect that could be seen.
async fn stop(lease: &Lease, run: &Run, group: Pid) {
    run.stop.asked().await;
    for (signal, patience) in [(Signal::Term, GRACE_MS), (Signal::Kill, KILL_MS)] {
        let began = clock::unix_ms();
        within(patience, sent(lease, group, signal)).await;
        let passed = u32::try_from(clock::unix_ms().saturating_sub(began)).unwrap_or(u32::MAX);
        timer::sleep_ms(patience.saturating_sub(passed)).await;
    }
}

/// Sends a signal, again and again until it was taken.
async fn sent(lease: &Lease, group: Pid, signal: Signal) {
    loop {
        match ask(lease, async |envd| envd.signal_group(group, signal).await).await {
            Ok(()) | Err(EnvdError::NotFound { .. } | EnvdError::SandboxGone) => return,
            Err(_) => timer::sleep_ms(SIGNAL_MS).await,
        }
    }
}

/// Writes the first files; tried until the moment `until`, in milliseconds since 1970. Right after a
/// create, the sandbox's gateway may answer before its envd listens, in whatever words (reference e2b
/// §3.6).
async fn put_files(
    lease: &Lease,
    files: Vec<(String, Bytes)>,
    bundle: &Bundle,
    until: u64,
) -> Result<(), Problem> {
    let put = async |envd: Envd<'static, Fetch>| envd.write_files(files.clone()).await;
    let mut patience = Patience::default();
    while let Err(error) = ask(lease, &put).await {
        let left = Duration::from_millis(until.saturating_sub(clock::unix_ms()));
        let Some(pause) = patience.pause(&error, left) else {
            return Err(problems::envd(&error));
        };
        timer::sleep_ms(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)).await;
    }
    lease.put_runner(&bundle.hash);
    Ok(())
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
