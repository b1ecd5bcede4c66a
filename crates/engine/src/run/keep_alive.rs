//! A sandbox does not end while something goes on in it: its life is moved on in time.

use messages::engine::SandboxExtended;
use messages::worker::ExtendSandbox;
use webext::calls::call;
use webext::{clock, timer};

use super::Lease;
use crate::state::Engine;

/// How often the life is looked at, in milliseconds.
const LOOK_MS: u32 = 15_000;
/// Life below which it is moved on, in milliseconds.
const LOW_MS: u64 = 90_000;
/// Life that is asked for at the least, in seconds.
const LEAST_SECONDS: u32 = 180;

/// Runs until it is dropped with what goes on. Several may care for the same sandbox.
pub(crate) async fn keep_alive(engine: &Engine, lease: &Lease, life_seconds: u32) {
    loop {
        // What is over sooner moves nothing on: a short life was somebody's wish.
        timer::sleep_ms(LOOK_MS).await;
        let ends_at = lease.ends_at();
        if ends_at > clock::unix_ms() + LOW_MS || !lease.begin_extending() {
            continue;
        }
        let extend = ExtendSandbox {
            id: lease.access.id.clone(),
            seconds: life_seconds.max(LEAST_SECONDS),
            ends_at,
        };
        // A plan's limit may refuse; it then goes on until the life ends and says so.
        let extended = call(&extend).await;
        lease.end_extending();
        if let Ok(ends_at) = extended {
            engine.sandbox_extended(&SandboxExtended {
                id: lease.access.id.clone(),
                ends_at,
            });
        }
    }
}
