//! `changed_since` of a file mapping: a time, or words that count back from now.
//!
//! The runner hands the text to PHP's `strtotime`, whose language has no end. What people and
//! the configuration's page write is understood here; the rest is refused and named.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A time that may depend on now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    At(Timestamp),
    Ago { count: i64, unit: Unit },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Since {
    /// Reads `-7 days`, `2 hours ago`, `yesterday`-like words, ISO times and dates (UTC).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let ago = |count, unit| Some(Self::Ago { count, unit });
        match text.to_ascii_lowercase().as_str() {
            "now" => return ago(0, Unit::Second),
            "last week" => return ago(1, Unit::Week),
            "last month" => return ago(1, Unit::Month),
            "last year" => return ago(1, Unit::Year),
            _ => {}
        }
        if let Some(seconds) = text.strip_prefix('@') {
            return Some(Self::At(
                Timestamp::from_second(seconds.parse().ok()?).ok()?,
            ));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self::At(at));
        }
        if let Ok(at) = text.parse::<DateTime>() {
            return Some(Self::At(at.to_zoned(TimeZone::UTC).ok()?.timestamp()));
        }
        if let Ok(day) = text.parse::<Date>() {
            return Some(Self::At(day.to_zoned(TimeZone::UTC).ok()?.timestamp()));
        }
        Self::relative(text)
    }

    fn relative(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (sign, rest) = if let Some(rest) = lower.strip_suffix("ago") {
            (1, rest)
        } else if let Some(rest) = lower.strip_prefix('-') {
            (1, rest)
        } else {
            (-1, lower.strip_prefix('+').unwrap_or(&lower))
        };
        let rest = rest.trim();
        let end = rest.find(|sign: char| !sign.is_ascii_digit())?;
        let (digits, unit) = rest.split_at_checked(end)?;
        let count: i64 = digits.parse().ok().filter(|count| *count < 1_000_000)?;
        let unit = match unit.trim().trim_end_matches('s') {
            "sec" | "second" => Unit::Second,
            "min" | "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return None,
        };
        Some(Self::Ago {
            count: sign * count,
            unit,
        })
    }

    /// As an ISO time of UTC, at `now` since 1970.
    pub(super) fn iso(&self, now: Duration) -> String {
        let at = match self {
            Self::At(at) => *at,
            Self::Ago { count, unit } => {
                let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
                let now = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
                before(now, *count, *unit)
            }
        };
        at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
    }
}

/// Calendar arithmetic in UTC; what leaves the calendar stays at its end.
fn before(now: Timestamp, count: i64, unit: Unit) -> Timestamp {
    let span = match unit {
        Unit::Second => Span::new().try_seconds(count),
        Unit::Minute => Span::new().try_minutes(count),
        Unit::Hour => Span::new().try_hours(count),
        Unit::Day => Span::new().try_days(count),
        Unit::Week => Span::new().try_weeks(count),
        Unit::Month => Span::new().try_months(count),
        Unit::Year => Span::new().try_years(count),
    };
    let zoned = now.to_zoned(TimeZone::UTC);
    span.and_then(|span| zoned.checked_sub(span))
        .map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}
