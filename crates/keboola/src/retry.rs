//! When a call is worth another try, and how long to wait before it (reference §2.2).
//!
//! Only the rule; the carrier waits. A request that creates something is repeated only when it was
//! turned away at the door (429): after any other failure it must be found out first what happened.

use std::time::Duration;

use crate::error::KeboolaError;

/// No call is tried more often than this, the first try included.
pub const TRIES: u32 = 4;

/// The longest wait that is taken from `Retry-After`; what asks for more is told to the user.
/// A service worker, which asks most of this, is ended after 30 s.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10);

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
    let turned_away = matches!(error, KeboolaError::RateLimited { .. });
    if !(idempotent || turned_away) || attempt == 0 || attempt >= TRIES {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> KeboolaError {
        KeboolaError::Refused {
            status,
            message: String::new(),
            code: None,
            exception_id: None,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn limited(retry_after: Option<u64>) -> KeboolaError {
        KeboolaError::RateLimited {
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_the_waits_double() {
        let unreachable = KeboolaError::Unreachable(String::new());
        for error in [
            unreachable,
            KeboolaError::TimedOut,
            limited(None),
            refused(500, None),
        ] {
            let waits: Vec<_> = (1..TRIES)
                .map(|attempt| after(attempt, &error, true, 1.0))
                .collect();
            let doubled = [500, 1000, 2000].map(|ms| Some(Duration::from_millis(ms)));
            assert_eq!(waits, doubled, "{error:?}");
            assert_eq!(after(TRIES, &error, true, 1.0), None);
            assert_eq!(after(0, &error, true, 1.0), None);
        }
        let half = after(1, &limited(None), true, 0.0);
        assert_eq!(half, Some(Duration::from_millis(250)));
    }

    #[test]
    fn the_server_s_wait_counts_unless_it_is_for_the_user_to_decide() {
        let wait = |error: &KeboolaError| after(1, error, true, 1.0);
        assert_eq!(wait(&limited(Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(wait(&refused(503, Some(10))), Some(Duration::from_secs(10)));
        assert_eq!(wait(&limited(Some(11))), None);
        assert_eq!(wait(&limited(Some(0))), Some(Duration::from_millis(500)));
    }

    #[test]
    fn what_would_be_the_same_again_is_not_tried() {
        for error in [
            KeboolaError::Unauthorized,
            KeboolaError::Forbidden {
                message: String::new(),
            },
            KeboolaError::NotFound {
                message: String::new(),
                code: None,
            },
            KeboolaError::Maintenance {
                until: None,
                reason: None,
                retry_after: None,
            },
            refused(400, None),
            refused(409, None),
            refused(501, None),
            KeboolaError::unexpected(""),
        ] {
            assert_eq!(after(1, &error, true, 1.0), None, "{error:?}");
        }
    }

    #[test]
    fn what_creates_is_repeated_only_when_it_was_turned_away() {
        for error in [
            KeboolaError::TimedOut,
            refused(500, None),
            refused(503, None),
        ] {
            assert_eq!(after(1, &error, false, 1.0), None, "{error:?}");
        }
        let wait = after(1, &limited(Some(1)), false, 1.0);
        assert_eq!(wait, Some(Duration::from_secs(1)));
    }
}
