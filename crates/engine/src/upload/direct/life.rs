//! Whether a file can be in a sandbox before that ends: told before the first byte, not after an hour.

use messages::worker::ExtendSandbox;
use messages::{Problem, ProblemCode};
use webext::calls::call;
use webext::clock;

use super::LIFE_SECONDS;
use crate::run::Lease;
use crate::state::Engine;

/// More than nearly any line carries, in bytes a millisecond: 1 Gbit/s.
const FASTEST: u64 = 125_000;

/// Moves the sandbox's life on for a file of so many bytes that would take longer at the best.
///
/// # Errors
/// `UploadTooLong` when the plan does not allow it.
pub(super) async fn lasts(engine: &Engine, lease: &Lease, bytes: u64) -> Result<(), Problem> {
    let needed_ms = bytes / FASTEST;
    let left_ms = || lease.ends_at().saturating_sub(clock::unix_ms());
    // Who moves it on already asks again in time.
    if left_ms() >= needed_ms {
        return Ok(());
    }
    let Some(_extending) = lease.extending() else {
        return Ok(());
    };
    let seconds = u32::try_from(needed_ms / 1_000).unwrap_or(u32::MAX);
    let extended = call(&ExtendSandbox {
        id: lease.access.id.clone(),
        seconds: seconds.saturating_add(LIFE_SECONDS),
    })
    .await;
    match extended {
        Ok(ends_at) => {
            engine.lease_extended(lease, ends_at);
            Ok(())
        }
        Err(problem) if problem.code == ProblemCode::SandboxLifeTooLong => {
            let left = left_ms() / 1_000;
            let words =
                format!("it lives for {left} s, and at 1 Gbit/s the file takes {seconds} s");
            Err(Problem::with(ProblemCode::UploadTooLong, words))
        }
        // It may still work, and is tried again while the file is on its way.
        Err(_) => Ok(()),
    }
}
