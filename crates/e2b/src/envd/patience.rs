//! How long a failed call of a sandbox is made again, where giving up would lose a run.
//!
//! What passes is waited for while the sandbox lives: a laptop may be without a network for long, and
//! the run goes on without it. What an answer says in a way that does not pass, an answer may still
//! have been said by somebody in between (the page of a hotel's network, a proxy that knows no token):
//! that is tried for a minute.

use std::time::Duration;

use super::EnvdError;

/// Pauses before the same call, in milliseconds; the last one stays.
const PAUSES_MS: [u64; 7] = [100, 400, 1_000, 2_000, 4_000, 8_000, 15_000];
/// How often an answer that is not envd's, or not for us, is asked for again: a minute.
const ODD: usize = 8;

/// The tries of one call.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    failures: usize,
    odd: usize,
}

impl Patience {
    /// How long to wait before the call is made again after `error`; `None` when it is the end. `left` is
    /// what is known of the sandbox's life.
    pub fn pause(&mut self, error: &EnvdError, left: Duration) -> Option<Duration> {
        let odd = matches!(
            error,
            EnvdError::Unauthorized { .. }
                | EnvdError::Refused { .. }
                | EnvdError::UnexpectedReply { .. }
        );
        if !odd && !error.is_transient() {
            return None;
        }
        self.odd += usize::from(odd);
        if self.odd > ODD || left.is_zero() {
            return None;
        }
        let at = self.failures.min(PAUSES_MS.len() - 1);
        self.failures += 1;
        let ours = Duration::from_millis(PAUSES_MS.get(at).copied().unwrap_or(15_000));
        let longest = Duration::from_secs(15);
        let asked = match error {
            EnvdError::RateLimited { retry_after, .. }
            | EnvdError::Unavailable { retry_after, .. } => retry_after.unwrap_or(ours),
            _ => ours,
        };
        Some(asked.max(ours).min(longest))
    }

    /// Whether it has failed for so long that a person should know: for some seconds.
    #[must_use]
    pub fn is_tried(&self) -> bool {
        self.failures > 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(error: &EnvdError, left: Duration) -> (usize, Duration) {
        let mut patience = Patience::default();
        let mut waited = Duration::ZERO;
        for number in 0..1_000 {
            match patience.pause(error, left) {
                Some(pause) => {
                    assert!(pause <= Duration::from_secs(15), "{pause:?}");
                    waited += pause;
                }
                None => return (number, waited),
            }
        }
        (1_000, waited)
    }

    #[test]
    fn what_passes_is_waited_for_while_the_sandbox_lives() {
        let message = || "x".to_owned();
        let left = Duration::from_secs(60);
        for error in [
            EnvdError::Unreachable(message()),
            EnvdError::TimedOut,
            EnvdError::PortNotOpen,
            EnvdError::Dropped(message()),
            EnvdError::Unavailable {
                message: message(),
                retry_after: None,
            },
            EnvdError::RateLimited {
                message: message(),
                retry_after: Some(Duration::from_secs(3_600)),
            },
        ] {
            assert_eq!(tries(&error, left).0, 1_000, "{error}");
            assert_eq!(tries(&error, Duration::ZERO).0, 0, "{error}");
        }
    }

    #[test]
    fn what_is_not_envds_is_tried_for_a_minute_and_what_is_final_not_at_all() {
        let message = || "x".to_owned();
        let left = Duration::from_secs(3_600);
        for error in [
            EnvdError::Unauthorized { message: message() },
            EnvdError::UnexpectedReply { what: message() },
            EnvdError::Refused {
                status: "403".to_owned(),
                message: message(),
            },
        ] {
            let (number, waited) = tries(&error, left);
            assert_eq!(number, 8, "{error}");
            assert!(waited >= Duration::from_secs(45), "{waited:?}");
        }
        for error in [
            EnvdError::SandboxGone,
            EnvdError::NotFound { message: message() },
            EnvdError::NoSpace { message: message() },
            EnvdError::Invalid { message: message() },
        ] {
            assert_eq!(tries(&error, left).0, 0, "{error}");
        }
    }

    #[test]
    fn a_person_is_told_after_some_seconds() {
        let mut patience = Patience::default();
        let mut waited = Duration::ZERO;
        while !patience.is_tried() {
            let error = EnvdError::TimedOut;
            waited += patience.pause(&error, Duration::from_secs(60)).unwrap();
        }
        let seconds = waited.as_secs();
        assert!((2..=10).contains(&seconds), "{waited:?}");
    }
}
