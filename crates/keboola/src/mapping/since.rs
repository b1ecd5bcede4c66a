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

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-31 15:09:26 UTC.
    const NOW: Duration = Duration::from_secs(1_774_969_766);

    #[test]
    fn times_and_words() {
        for (text, iso) in [
            ("now", "2026-03-31T15:09:26+00:00"),
            ("-7 days", "2026-03-24T15:09:26+00:00"),
            ("- 1 day", "2026-03-30T15:09:26+00:00"),
            ("7 days ago", "2026-03-24T15:09:26+00:00"),
            ("+1 hour", "2026-03-31T16:09:26+00:00"),
            ("-90 minutes", "2026-03-31T13:39:26+00:00"),
            ("-10 min", "2026-03-31T14:59:26+00:00"),
            ("-30 seconds", "2026-03-31T15:08:56+00:00"),
            ("-2 WEEKS", "2026-03-17T15:09:26+00:00"),
            ("last week", "2026-03-24T15:09:26+00:00"),
            ("-2 months", "2026-01-31T15:09:26+00:00"),
            ("-1 year", "2025-03-31T15:09:26+00:00"),
            ("2026-01-02", "2026-01-02T00:00:00+00:00"),
            ("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05+00:00"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
            ("@86400", "1970-01-02T00:00:00+00:00"),
            ("-900000 years", "1970-01-01T00:00:00+00:00"),
        ] {
            let since = Since::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(since.iso(NOW), iso, "{text}");
        }
    }

    #[test]
    fn words_that_mean_nothing() {
        for text in [
            "",
            "-",
            "ago",
            "7",
            "-7",
            "days",
            "-7 fortnights",
            "sometime",
            "@x",
            "-1.5 days",
        ] {
            assert_eq!(Since::parse(text), None, "{text}");
        }
    }
}
