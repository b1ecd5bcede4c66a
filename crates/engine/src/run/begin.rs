//! Starting the runner, once: when the answer is lost, it may run all the same, and its script must
//! not run twice. So it is looked for by its name before it is started again.

use e2b::{Envd, EnvdError, Pid, ProcessEvents, ProcessStart, Selector};
use messages::Problem;
use transport::Http;
use webext::fetch::Fetch;
use webext::{clock, timer};

use super::runner::events_of;
use crate::problems;

/// Waits before each look, in milliseconds; the last one stays.
const LOOKS_MS: [u32; 6] = [100, 400, 1_000, 2_000, 5_000, 10_000];

/// A runner that runs, or ran: its number and its events. Of one that is over already there are none;
/// its file has all that it told.
pub(super) type Begun = (Pid, Option<ProcessEvents<<Fetch as Http>::Body>>);

/// Starts the runner of `run`; whether it runs is found out until the moment `until`, in milliseconds
/// since 1970.
///
/// # Errors
/// What the sandbox says, and `StreamLost` or `E2bUnreachable` when it says nothing for too long.
pub(super) async fn begin(
    envd: &Envd<'_, Fetch>,
    run: &str,
    process: &ProcessStart,
    until: u64,
) -> Result<Begun, Problem> {
    match envd.start(process).await {
        Ok(events) => return Ok((events.pid, Some(events))),
        Err(error) if is_open(&error) => {}
        Err(error) => return Err(problems::envd(&error)),
    }
    let name = Selector::Tag(process.tag.clone().unwrap_or_default());
    let mut looks = LOOKS_MS.iter();
    let mut wait = LOOKS_MS[0];
    loop {
        wait = *looks.next().unwrap_or(&wait);
        timer::sleep_ms(wait).await;
        let found = match envd.connect(&name).await {
            Ok(events) => Ok((events.pid, Some(events))),
            Err(EnvdError::NotFound { .. }) => again(envd, run, process).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(begun) => return Ok(begun),
            Err(error) if (is_open(&error) || error.is_transient()) && clock::unix_ms() < until => {
            }
            Err(error) => return Err(problems::envd(&error)),
        }
    }
}

/// Nobody of its name runs: it is over when it left its file, else it never began.
async fn again(
    envd: &Envd<'_, Fetch>,
    run: &str,
    process: &ProcessStart,
) -> Result<Begun, EnvdError> {
    if envd.stat(&events_of(run)).await?.is_some() {
        return Ok((0, None));
    }
    let events = envd.start(process).await?;
    Ok((events.pid, Some(events)))
}

/// Whether it may have been started all the same.
fn is_open(error: &EnvdError) -> bool {
    matches!(
        error,
        EnvdError::Dropped(_) | EnvdError::Unreachable(_) | EnvdError::TimedOut
    )
}
