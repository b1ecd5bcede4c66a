//! A sandbox does not end while a run is active in it: its life is moved on in time.

use std::rc::Rc;

use messages::engine::Event;
use messages::worker::ExtendSandbox;
use webext::calls::call;
use webext::{clock, timer};

use super::{Lease, Run};
use crate::state::Engine;

/// How often the life is looked at, in milliseconds.
const LOOK_MS: u32 = 15_000;
/// Life below which it is moved on, in milliseconds.
const LOW_MS: u64 = 90_000;
/// Life that is asked for at the least, in seconds.
const LEAST_SECONDS: u32 = 180;

/// Runs until it is dropped with the run.
pub(crate) async fn keep_alive(engine: &Engine, run: &Rc<Run>, lease: &Lease, life_seconds: u32) {
    loop {
        timer::sleep_ms(LOOK_MS).await;
        let ends_at = lease.ends_at();
        if ends_at > clock::unix_ms() + LOW_MS {
            continue;
        }
        let seconds = life_seconds.max(LEAST_SECONDS);
        let extend = ExtendSandbox {
            id: lease.access.id.clone(),
            seconds,
            ends_at,
        };
        // A plan's limit may refuse; the run then goes on until the life ends and says so.
        if let Ok(ends_at) = call(&extend).await {
            lease.extended(ends_at);
            run.lives_until(ends_at);
            engine.publish(&Event::Run(run.view()));
        }
    }
}
