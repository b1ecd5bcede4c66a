//! When to try again, and after what pause. The caller waits and draws the random number.

use std::time::Duration;

/// How often a request is sent at most, the first time included.
pub const TRIES: u32 = 4;

/// The longest pause of our own.
const CAP: Duration = Duration::from_secs(20);

/// A server that asks for a longer pause is not waited for: better a clear failure now.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// The pause after try number `attempt` failed (0 is the first), or `None` to give up.
///
/// It grows as 0.5 s, 1 s, 2 s, up to 20 s, and `jitter` (0 to 1) spreads it over its upper half, so
/// that many clients do not come back together. What the server asked for (`Retry-After`) is the
/// least.
///
/// ```
/// use std::time::Duration;
/// use transfer::retry::delay;
///
/// assert_eq!(delay(0, None, 1.0), Some(Duration::from_millis(500)));
/// assert_eq!(delay(1, None, 0.0), Some(Duration::from_millis(500)));
/// assert_eq!(delay(3, None, 0.5), None);
/// ```
#[must_use]
pub fn delay(attempt: u32, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
    pause(attempt, TRIES, retry_after, jitter)
}

/// As [`delay`], for what is tried at most `tries` times.
#[must_use]
pub fn pause(
    attempt: u32,
    tries: u32,
    retry_after: Option<Duration>,
    jitter: f64,
) -> Option<Duration> {
    if attempt + 1 >= tries || retry_after.is_some_and(|asked| asked > LONGEST_ASKED) {
        return None;
    }
    let full = (Duration::from_millis(500) * 2_u32.saturating_pow(attempt.min(16))).min(CAP);
    let jitter = if jitter.is_finite() {
        jitter.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let own = full.mul_f64(0.5 + jitter / 2.0);
    Some(own.max(retry_after.unwrap_or_default()))
}

/// Whether the same request may work a little later. All other 4xx are final: the request itself is
/// wrong, or its permission.
#[must_use]
pub fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let pauses: Vec<_> = (0..5).map(|attempt| delay(attempt, None, 1.0)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pauses, [ms(500), ms(1000), ms(2000), None, None]);
        assert_eq!(delay(u32::MAX - 1, None, 0.0), None);
    }

    #[test]
    fn what_the_server_asks_for_is_the_least() {
        let seconds = Duration::from_secs;
        assert_eq!(delay(0, Some(seconds(7)), 0.3), Some(seconds(7)));
        assert_eq!(delay(2, Some(Duration::ZERO), 1.0), Some(seconds(2)));
        assert_eq!(delay(0, Some(seconds(120)), 0.0), Some(seconds(120)));
        assert_eq!(delay(0, Some(seconds(121)), 0.0), None);
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(is_transient(status), "{status}");
        }
        for status in [200, 204, 301, 400, 401, 403, 404, 409, 412, 413, 501, 507] {
            assert!(!is_transient(status), "{status}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_within_its_bounds_whatever_the_jitter(attempt in 0_u32..3, jitter in any::<f64>()) {
            let full = Duration::from_millis(500 << attempt);
            let pause = delay(attempt, None, jitter).unwrap();
            prop_assert!(pause >= full / 2 && pause <= full, "{:?}", pause);
        }
    }
}
