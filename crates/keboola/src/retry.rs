//! When a call is worth another try, and how long to wait before it (reference §2.2).
//!
//! Only the rule; the caller sleeps and asks again. A POST that creates something is never
//! repeated by it: what happened must be found out first.

use std::time::Duration;

use crate::error::KeboolaError;

/// No call is tried more often than this, the first try included.
pub const TRIES: u32 = 5;

/// The longest wait that is taken from `Retry-After`; what asks for more is told to the user.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to wait before trying again; `None` when it is not worth it.
///
/// `attempt` counts the tries that failed, from 1. `idempotent` says that asking twice does no
/// more than asking once. `jitter` is a fresh random number from 0 to 1, so that the panels of a
/// whole team do not come back in the same instant.
#[must_use]
pub fn after(
    attempt: u32,
    error: &KeboolaError,
    idempotent: bool,
    jitter: f64,
) -> Option<Duration> {
    if !idempotent || attempt == 0 || attempt >= TRIES {
        return None;
    }
    let asked = match error {
        KeboolaError::Unreachable(_) | KeboolaError::TimedOut => None,
        KeboolaError::RateLimited { retry_after } => *retry_after,
        KeboolaError::Refused {
            status,
            retry_after,
            ..
        } if *status >= 500 && *status != 501 => *retry_after,
        _ => return None,
    };
    let doubled = Duration::from_millis(500) * 2_u32.pow(attempt - 1);
    let spread = doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    match asked {
        Some(wait) if wait > LONGEST_WAIT => None,
        Some(wait) => Some(wait.max(spread)),
        None => Some(spread),
    }
}
