//! A broken stream is joined again: the run went on, and its events are in a file.
//!
//! envd does not repeat what was written while nobody listened (reference e2b §3.5), so first the
//! stream is joined, then the file is read: what is in both is told once, by the events' numbers.

use bytes::Bytes;
use e2b::{EnvdError, Pid, ProcessEvents, Selector};
use messages::{Problem, ProblemCode};
use transport::Http;
use webext::fetch::Fetch;
use webext::timer;

use super::Lease;
use super::runner::folder;
use crate::problems;

/// Waits before each try, in milliseconds: about a minute in all.
const TRIES_MS: [u32; 8] = [100, 400, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/// The run's events again.
pub(crate) struct Rejoined {
    /// What was told since.
    pub(crate) told: Bytes,
    /// What comes; `None` when the runner has ended.
    pub(crate) process: Option<ProcessEvents<<Fetch as Http>::Body>>,
}

/// Joins the runner `group` of `run` again; its events are read from byte `from` of its file on.
///
/// # Errors
/// `SandboxVanished` when there is nothing to join; the broken stream's own problem when no try
/// succeeds.
pub(crate) async fn rejoin(
    run: &str,
    lease: &Lease,
    group: Pid,
    from: u64,
    broken: &EnvdError,
) -> Result<Rejoined, Problem> {
    let envd = lease.envd()?;
    for wait in TRIES_MS {
        timer::sleep_ms(wait).await;
        let process = match envd.connect(&Selector::Pid(group)).await {
            Ok(process) => Some(process),
            Err(EnvdError::NotFound { .. }) => None,
            Err(EnvdError::SandboxGone) => return Err(ProblemCode::SandboxVanished.into()),
            Err(error) if error.is_transient() => continue,
            Err(error) => return Err(problems::envd(&error)),
        };
        match envd.read_file_from(&events_of(run), from).await {
            Ok(told) => {
                return Ok(Rejoined {
                    told: whole_lines(&told),
                    process,
                });
            }
            Err(EnvdError::SandboxGone) => return Err(ProblemCode::SandboxVanished.into()),
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(problems::envd(&error)),
        }
    }
    Err(problems::envd(broken))
}

/// What the runner has told by now, from byte `from` of its file on.
///
/// # Errors
/// `SandboxVanished`, and what else keeps the file from being read.
pub(crate) async fn catch_up(run: &str, lease: &Lease, from: u64) -> Result<Bytes, Problem> {
    let told = lease.envd()?.read_file_from(&events_of(run), from).await;
    told.map(|told| whole_lines(&told))
        .map_err(|error| problems::envd(&error))
}

pub(super) fn events_of(run: &str) -> String {
    format!("{}/events.ndjson", folder(run))
}

/// A line that is half written comes whole by the next reading.
fn whole_lines(told: &Bytes) -> Bytes {
    let end = told
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    told.slice(..end)
}
