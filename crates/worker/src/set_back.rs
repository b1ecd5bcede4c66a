//! Takes back what was added to a sandbox's life for the time of a run.

use e2b::SandboxId;
use messages::worker::SetBackSandbox;
use messages::{Problem, ProblemCode};
use webext::clock;

use crate::account::Account;
use crate::e2b_problem::problem;

/// How far two looks at the same end of life may be apart, in milliseconds.
const SAME_MS: u64 = 10_000;

/// Sets the end of a life back. It is the only call that shortens one: to what it had before at the
/// earliest, and not when somebody moved its end since.
pub(crate) async fn set_back(call: &SetBackSandbox) -> Result<u64, Problem> {
    let id = SandboxId::parse(&call.id)
        .map_err(|error| Problem::with(ProblemCode::Internal, error.to_string()))?;
    let account = Account::load().await?;
    let control = account.control();
    let listed = control.list().await.map_err(problem)?;
    let listed = listed.into_iter().find(|listed| listed.id == id);
    let listed = listed.ok_or(ProblemCode::SandboxVanished)?;
    let now = clock::unix_ms();
    // By this computer's clock; where none is told, what was asked for is believed.
    let ends_at = match (listed.left_ms, listed.ends_at) {
        (Some(left), _) => now + left,
        (None, 0) => call.lengthened.to,
        (None, told) => told,
    };
    let wanted = call
        .lengthened
        .from
        .max(now + u64::from(call.seconds) * 1_000);
    if ends_at.abs_diff(call.lengthened.to) > SAME_MS || ends_at <= wanted {
        return Ok(ends_at);
    }
    let seconds = u32::try_from((wanted - now).div_ceil(1_000)).unwrap_or(u32::MAX);
    control.set_life(&id, seconds).await.map_err(problem)?;
    Ok(wanted)
}
