//! A sandbox that lives as long as its run, also while nobody can move its life on: a closed laptop
//! moves nothing on. When the run is over, what was added is taken back.

use std::rc::Rc;

use futures::channel::oneshot;
use messages::ProblemCode;
use messages::worker::{ExtendSandbox, Lengthened, PlannedRun, SetBackSandbox};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::{clock, timer};

use super::attempt::note_down;
use super::{Lease, Run};
use crate::state::Engine;

/// How long a run goes on before its sandbox's life is looked at, in milliseconds: most are over by then,
/// and ask for nothing.
const AFTER_MS: u32 = 2_000;
/// Between two tries, in milliseconds.
const AGAIN_MS: u32 = 15_000;
/// How long is waited for somebody else who moves it on, in milliseconds.
const BUSY_MS: u32 = 500;
/// Life for a run without a limit, in seconds.
const UNLIMITED_S: u32 = 3_600;
/// Life beyond a run's limit, in seconds: for the outputs, and for whoever looks at them.
const MARGIN_S: u32 = 120;
/// Life that is not halved further when a plan allows less, in seconds.
const LEAST_S: u32 = 300;

/// Lets the sandbox live for as long as the run may go on, as far as the plan of the key allows.
/// Once it is being asked for, that goes on also when the run ends meanwhile: it is to be taken back.
pub(super) async fn cover(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    planned: &PlannedRun,
    lease: &Rc<Lease>,
) {
    timer::sleep_ms(AFTER_MS).await;
    let turn = run.lengthening.clone().lock_owned().await;
    let (engine, run, lease) = (engine.clone(), run.clone(), lease.clone());
    let limit_seconds = planned.settings.limit_seconds;
    let (done, is_done) = oneshot::channel::<()>();
    spawn_local(async move {
        lengthen(&engine, &run, &lease, limit_seconds).await;
        drop((turn, done));
    });
    let _ = is_done.await;
}

async fn lengthen(engine: &Rc<Engine>, run: &Rc<Run>, lease: &Lease, limit_seconds: u32) {
    let mut seconds = match limit_seconds {
        0 => UNLIMITED_S,
        limit => limit.saturating_add(MARGIN_S),
    };
    let ends_at = lease.ends_at();
    // A former engine may have done it.
    let before = run.lengthened.get().filter(|it| is_same(it.to, ends_at));
    let (from, enough) = match before {
        Some(before) => (before.from, seconds / 2),
        None => (ends_at, seconds),
    };
    if clock::unix_ms() + u64::from(enough) * 1_000 <= ends_at {
        return;
    }
    loop {
        // Who moves it on for a moment may not do so with less while this is asked for.
        let Some(extending) = lease.extending() else {
            timer::sleep_ms(BUSY_MS).await;
            continue;
        };
        if run.is_over() {
            return;
        }
        let extend = ExtendSandbox {
            id: lease.access.id.clone(),
            seconds,
        };
        match call(&extend).await {
            // Somebody else's life was longer.
            Ok(to) if is_same(to, ends_at) => return,
            Ok(to) => {
                let lengthened = Lengthened { from, to };
                run.lengthened.set(Some(lengthened));
                engine.lease_extended(lease, to);
                if !run.is_over() {
                    note_down(run, Some(lease)).await;
                }
                return;
            }
            Err(problem)
                if problem.code == ProblemCode::SandboxLifeTooLong && seconds > LEAST_S =>
            {
                seconds = (seconds / 2).max(LEAST_S);
            }
            Err(problem) if problem.code == ProblemCode::SandboxLifeTooLong => return,
            // The network may be back soon.
            Err(_) => {
                drop(extending);
                timer::sleep_ms(AGAIN_MS).await;
            }
        }
    }
}

/// Takes back what [`cover`] added, unless somebody moved the end meanwhile: the sandbox is left with what
/// it had, and with the life of the settings from now on.
pub(super) async fn set_back(engine: &Rc<Engine>, run: &Run, planned: &PlannedRun, lease: &Lease) {
    let _turn = run.lengthening.lock().await;
    let Some(Lengthened { from, to }) = run.lengthened.take() else {
        return;
    };
    if !is_same(lease.ends_at(), to) {
        return;
    }
    let set_back = SetBackSandbox {
        id: lease.access.id.clone(),
        seconds: planned.settings.life_seconds,
        lengthened: Lengthened { from, to },
    };
    // One that cannot be set back lives on until the end that it has.
    if let Ok(ends_at) = call(&set_back).await {
        engine.lease_extended(lease, ends_at);
    }
}

/// Whether two looks at an end of life saw the same one: clocks and answers take their time.
fn is_same(one: u64, other: u64) -> bool {
    one.abs_diff(other) < 10_000
}
