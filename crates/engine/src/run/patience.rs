//! Calls of a run's sandbox, made again until they work: a request that fails loses no run.

use std::rc::Rc;
use std::time::Duration;

use e2b::{Envd, EnvdError, Patience};
use messages::engine::LogLine;
use webext::fetch::Fetch;
use webext::{clock, timer};

use super::attempt::note;
use super::{Lease, Log, Run};
use crate::sandbox::ask;
use crate::state::Engine;

/// Life that a sandbox may still have after its known end, in milliseconds: clocks differ.
const SLACK_MS: u64 = 15_000;

/// Does `work` of a run until it succeeds, fails for good, or the sandbox's life is over. The run's log
/// says when it takes long.
///
/// # Errors
/// What kept it from working.
pub(super) async fn patiently<T>(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Lease,
    work: impl AsyncFn(Envd<'static, Fetch>) -> Result<T, EnvdError>,
) -> Result<T, EnvdError> {
    let done = patient(lease, work, || {
        if !run.connecting.replace(true) {
            tell(
                engine,
                run,
                "The sandbox does not answer; the run goes on in it. Connecting again…",
            );
        }
    });
    let done = done.await?;
    if run.connecting.replace(false) {
        tell(engine, run, "Connected to the sandbox again.");
    }
    Ok(done)
}

/// Does `work` until it succeeds, fails for good, or the sandbox's life is over. `is_tried` is called
/// when it has failed for some seconds.
///
/// # Errors
/// What kept it from working.
pub(crate) async fn patient<T>(
    lease: &Lease,
    work: impl AsyncFn(Envd<'static, Fetch>) -> Result<T, EnvdError>,
    is_tried: impl Fn(),
) -> Result<T, EnvdError> {
    let mut patience = Patience::default();
    loop {
        let error = match ask(lease, &work).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let left = (lease.ends_at() + SLACK_MS).saturating_sub(clock::unix_ms());
        let Some(pause) = patience.pause(&error, Duration::from_millis(left)) else {
            return Err(error);
        };
        if patience.is_tried() {
            is_tried();
        }
        timer::sleep_ms(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)).await;
    }
}

fn tell(engine: &Rc<Engine>, run: &Rc<Run>, words: &str) {
    let line = LogLine {
        t: run.elapsed_ms(),
        ..note(words)
    };
    Log::tell(engine, run, vec![line]);
}
