//! Times of the wire, as milliseconds since 1970.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// A `Date` tells a second, which may be over but for a moment.
const WITHIN: Duration = Duration::from_millis(999);

/// How much is left until `end` at the least, by the clock of the service that sent these headers: whether
/// it is the same as ours does not matter. `None` when it does not tell its time.
pub(crate) fn left_ms(headers: &HeaderMap, end: u64) -> Option<u64> {
    let now = date(headers)? + WITHIN;
    let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(end))?;
    let left = end.duration_since(now).unwrap_or_default();
    u64::try_from(left.as_millis()).ok()
}

/// Seconds since 1970 by the clock of who sent these headers.
pub(crate) fn told(headers: &HeaderMap) -> Option<u64> {
    let since = date(headers)?.duration_since(SystemTime::UNIX_EPOCH);
    since.ok().map(|it| it.as_secs())
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(date).ok()
}

/// Milliseconds since 1970 of an RFC 3339 time such as `2026-11-22T16:03:00.123456Z` or
/// `2026-11-22T17:03:00+01:00`. `None` when it is none, or lies before 1970.
pub(crate) fn unix_ms(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if !separators
        .iter()
        .all(|&(at, byte)| bytes.get(at) == Some(&byte))
    {
        return None;
    }
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let number = |from: usize, to: usize| digits(bytes.get(from..to)?);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let plausible = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !plausible {
        return None;
    }
    let (fraction_ms, zone) = fraction(bytes.get(19..)?)?;
    let offset_minutes = offset(zone)?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    u64::try_from((seconds - offset_minutes * 60) * 1000 + fraction_ms).ok()
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0_i64, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// Milliseconds of `.123456…`, and what follows it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = rest.split_first() else {
        return Some((0, rest));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits_, zone) = rest.split_at(length);
    let weights = [100, 10, 1];
    let ms = digits_
        .iter()
        .zip(weights)
        .map(|(digit, weight)| i64::from(digit - b'0') * weight)
        .sum();
    (length > 0).then_some((ms, zone))
}

/// Minutes east of Greenwich.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', m1, m2] if hours.len() == 2 => {
            let minutes = digits(hours)? * 60 + digits(&[*m1, *m2])?;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

/// Days since 1970 of a date of the Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_does_not_depend_on_our_clock() {
        let headers = |date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, date.parse().unwrap());
            headers
        };
        let end = unix_ms("2026-11-23T08:05:00Z").unwrap();
        for (date, left) in [
            ("Mon, 23 Nov 2026 08:00:00 GMT", Some(299_001)),
            ("Mon, 23 Nov 2026 09:00:00 GMT", Some(0)),
            ("yesterday", None),
        ] {
            assert_eq!(left_ms(&headers(date), end), left, "{date}");
        }
        assert_eq!(left_ms(&HeaderMap::new(), end), None);
    }

    #[test]
    fn times_of_the_wire_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-22T16:03:00Z", Some(1_795_363_380_000)),
            ("2026-11-22T16:03:00.5Z", Some(1_795_363_380_500)),
            ("2026-11-22T16:03:00.123456789Z", Some(1_795_363_380_123)),
            ("2026-11-22T17:03:00+01:00", Some(1_795_363_380_000)),
            ("2026-11-22T10:33:00-05:30", Some(1_795_363_380_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
            ("1969-12-31T23:59:59Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-22T16:03:00", None),
            ("2026-11-22T16:03:00.Z", None),
            ("2026-11-22", None),
            ("soon", None),
            ("", None),
            ("2026–11-22T16:03:00Z", None),
        ] {
            assert_eq!(unix_ms(text), ms, "{text}");
        }
    }
}
