//! `Retry-After`, in both of its forms (RFC 9110 §10.2.3).

use std::time::Duration;

/// Reads it. A date is measured against the server's own clock: the answer's `Date`.
pub(crate) fn parse(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|at| at.timestamp())
    };
    let now = instant(date?)?;
    let seconds = instant(text)?.duration_since(now).as_secs();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
