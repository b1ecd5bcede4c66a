//! A run that is to end, whose runner was not seen to end: its script may go on in the sandbox. The
//! runner is killed; where that cannot be asked for, the sandbox is ended, as soon as the service can be
//! reached. What could not be done yet is told.

use std::pin::pin;
use std::rc::Rc;

use e2b::{EnvdError, Pid, Signal};
use futures::future::{Either, select};
use messages::worker::{ForgetRun, NoteRun, RunNote, RunPlace, TerminateSandbox};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::{clock, timer};

use super::attempt::note as line;
use super::{Lease, Log, Run, lease};
use crate::sandbox::ask;
use crate::state::Engine;

/// How long the runner's sandbox is asked before the service is, in milliseconds.
const KILL_MS: u32 = 6_000;
/// Between two tries to end the runner, in milliseconds.
const AGAIN_MS: u32 = 500;
/// How long the service is asked before the person is told that it does not answer, in milliseconds.
const SERVICE_MS: u32 = 6_000;
/// Between two tries to end the sandbox, in milliseconds.
const PAUSE_MS: u32 = 10_000;

/// Ends the runner after Stop, and tells how the run ended: `group` is its number where that is known.
pub(super) async fn stopped(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Rc<Lease>,
    group: Option<Pid>,
) -> Problem {
    if let Some(group) = group
        && within(KILL_MS, killed(lease, group)).await.is_some()
    {
        return ProblemCode::RunStopped.into();
    }
    sandbox_ended(engine, run, &lease.access.id, lease.ends_at()).await
}

/// Ends the sandbox of a stopped run, and tells how the run ended.
pub(super) async fn sandbox_ended(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    sandbox: &str,
    ends_at: u64,
) -> Problem {
    engine.forget_sandbox(sandbox);
    let tell = |words: &str| Log::tell(engine, run, vec![line(words)]);
    let ending = within(SERVICE_MS, terminated(sandbox, ends_at)).await;
    if let Some(by_us) = ending {
        if by_us {
            tell("The script could not be reached to stop it; its sandbox was ended.");
        }
        return ProblemCode::RunStopped.into();
    }
    note_down(run, sandbox, ends_at).await;
    let (engine, run, sandbox) = (engine.clone(), run.clone(), sandbox.to_owned());
    spawn_local(async move {
        if terminated(&sandbox, ends_at).await {
            let words = "The sandbox was ended, and the script with it.";
            Log::tell(&engine, &run, vec![line(words)]);
        }
        forget(run.id()).await;
    });
    ProblemCode::StopUnseen.into()
}

/// Notes down that the sandbox is still to be ended: the next engine would have to do it.
async fn note_down(run: &Run, sandbox: &str, ends_at: u64) {
    let place = RunPlace {
        sandbox: sandbox.to_owned(),
        ends_at,
        lengthened: None,
    };
    let note = RunNote {
        stopped: true,
        ..run.note(Some(place))
    };
    run.is_left.set(true);
    let _ = call(&NoteRun { note }).await;
}

/// Ends the sandbox of a run that was lost, as soon as that can be asked for: no other run may meet its
/// script there.
pub(super) async fn give_up(engine: &Engine, run: &Rc<Run>, sandbox: &str, ends_at: u64) {
    engine.forget_sandbox(sandbox);
    note_down(run, sandbox, ends_at).await;
    still_to_end(run.id().to_owned(), sandbox.to_owned(), ends_at);
}

/// Ends the sandbox of a run that a former engine could not stop.
pub(super) fn still_to_end(run: String, sandbox: String, ends_at: u64) {
    spawn_local(async move {
        terminated(&sandbox, ends_at).await;
        forget(&run).await;
    });
}

/// Kills the group, again and again.
async fn killed(lease: &Lease, group: Pid) {
    loop {
        match ask(lease, async |envd| {
            envd.signal_group(group, Signal::Kill).await
        })
        .await
        {
            Ok(()) | Err(EnvdError::NotFound { .. } | EnvdError::SandboxGone) => return,
            Err(_) => {}
        }
        timer::sleep_ms(AGAIN_MS).await;
    }
}

/// Ends a sandbox, however often that must be asked for; false when its life was over before.
async fn terminated(sandbox: &str, ends_at: u64) -> bool {
    let terminate = TerminateSandbox {
        id: sandbox.to_owned(),
    };
    loop {
        match call(&terminate).await {
            Ok(()) => return true,
            Err(problem) if lease::is_gone(&problem) => return true,
            Err(_) if clock::unix_ms() > ends_at => return false,
            Err(_) => timer::sleep_ms(PAUSE_MS).await,
        }
    }
}

async fn forget(run: &str) {
    let forget = ForgetRun {
        run: run.to_owned(),
    };
    let _ = call(&forget).await;
}

/// What `work` comes to, unless it takes longer.
pub(super) async fn within<T>(ms: u32, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(timer::sleep_ms(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
