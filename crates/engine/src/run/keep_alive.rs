//! A sandbox does not end while something goes on in it: its life is moved on in time.

use std::rc::Rc;

use messages::worker::ExtendSandbox;
use messages::{Problem, ProblemCode};
use webext::calls::call;
use webext::{clock, timer};

use super::attempt::note;
use super::{Lease, Log, Run};
use crate::state::Engine;

/// How often the life is looked at, in milliseconds.
const LOOK_MS: u32 = 15_000;
/// Life below which it is moved on, in milliseconds.
const LOW_MS: u64 = 90_000;
/// Life that is asked for at the least, in seconds.
const LEAST_SECONDS: u32 = 180;

/// Runs until it is dropped with what goes on. Several may care for the same sandbox.
pub(crate) async fn keep_alive(engine: &Engine, lease: &Lease, life_seconds: u32) {
    care(engine, lease, life_seconds, |_| {}).await;
}

/// The same for a run, whose log tells once that its sandbox may end before it.
pub(super) async fn keep_run_alive(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Lease,
    life_seconds: u32,
) {
    let mut told = false;
    care(engine, lease, life_seconds, |problem| {
        if !std::mem::replace(&mut told, true) {
            let left_s = lease.ends_at().saturating_sub(clock::unix_ms()) / 1_000;
            let detail = problem.detail.as_deref().unwrap_or_default();
            let words = format!(
                "The sandbox's life could not be moved on; it ends in {left_s} s, and the run with it. {} {detail}",
                problem.code.what(),
            );
            Log::tell(engine, run, vec![note(words.trim_end())]);
        }
    })
    .await;
}

async fn care(engine: &Engine, lease: &Lease, life_seconds: u32, mut failed: impl FnMut(Problem)) {
    loop {
        // What is over sooner moves nothing on: a short life was somebody's wish.
        timer::sleep_ms(LOOK_MS).await;
        let now = clock::unix_ms();
        if lease.ends_at() > now + LOW_MS {
            continue;
        }
        let Some(_extending) = lease.extending() else {
            continue;
        };
        let extend = ExtendSandbox {
            id: lease.access.id.clone(),
            seconds: life_seconds.max(LEAST_SECONDS),
        };
        let extended = call(&extend).await;
        match extended {
            Ok(ends_at) => {
                engine.lease_extended(lease, ends_at);
                if extend.was_cut(now, ends_at) {
                    failed(ProblemCode::SandboxLifeTooLong.into());
                }
            }
            // What passes is tried again at the next look; the log then tells of nothing that hurts.
            Err(problem) if passes(&problem) && lease.ends_at() > now + u64::from(2 * LOOK_MS) => {}
            Err(problem) => failed(problem),
        }
    }
}

fn passes(problem: &Problem) -> bool {
    matches!(
        problem.code,
        ProblemCode::E2bUnreachable | ProblemCode::E2bBusy | ProblemCode::RateLimited
    )
}
