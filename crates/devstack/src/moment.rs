//! Times as Keboola and the clouds write them, and the ways in which a caller may name one.

use time::format_description::FormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

/// PHP's `DATE_ISO8601`, which Storage uses: `2026-11-22T17:13:10+0000`.
const PHP: &[FormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]"
);
/// The form of `Expiration` in federated credentials: `2026-11-22T17:13:10+00:00`.
const ATOM: &[FormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory]:[offset_minute]"
);
/// The form of dates in HTTP headers.
const HTTP: &[FormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
/// The form of dates in signed URLs: `20261122T171310Z`.
const COMPACT: &[FormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// The form of dates in Azure's signatures, and to the second in Google's resources.
const ZULU: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const SPACED: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const DAY: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Now, to the second, in UTC.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// `moment` as Storage writes it.
pub(crate) fn php(moment: OffsetDateTime) -> String {
    moment.format(PHP).unwrap_or_default()
}

/// `moment` as the `Expiration` of federated credentials is written.
pub(crate) fn atom(moment: OffsetDateTime) -> String {
    moment.format(ATOM).unwrap_or_default()
}

/// `moment` as HTTP headers have it.
pub(crate) fn http(moment: OffsetDateTime) -> String {
    moment.format(HTTP).unwrap_or_default()
}

/// `moment` as signed URLs of Google have it: `20261122T171310Z`.
pub(crate) fn compact(moment: OffsetDateTime) -> String {
    moment.format(COMPACT).unwrap_or_default()
}

/// What [`compact`] wrote.
pub(crate) fn from_compact(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, COMPACT)
        .ok()
        .map(PrimitiveDateTime::assume_utc)
}

/// `moment` with a `Z`: `2026-11-22T17:13:10Z`.
pub(crate) fn zulu(moment: OffsetDateTime) -> String {
    moment.format(ZULU).unwrap_or_default()
}

/// What [`zulu`] wrote.
pub(crate) fn from_zulu(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, ZULU)
        .ok()
        .map(PrimitiveDateTime::assume_utc)
}

/// `moment` as the internal timestamp column of an export: `2026-11-22 17:13:10`.
pub(crate) fn spaced(moment: OffsetDateTime) -> String {
    moment.format(SPACED).unwrap_or_default()
}

/// A Unix time, an ISO time or date, or `-N unit` as `changedSince` takes them
/// (reference/keboola.md section 7.1). `None` when it is none of these.
pub(crate) fn parse(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let text = text.trim();
    if let Some(back) = relative(text) {
        return now.checked_sub(back);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, PHP))
        .ok()
        .or_else(|| {
            PrimitiveDateTime::parse(text, SPACED)
                .ok()
                .map(PrimitiveDateTime::assume_utc)
        })
        .or_else(|| {
            Date::parse(text, DAY)
                .ok()
                .map(|d| d.midnight().assume_utc())
        })
}

/// The length of `-7 days`, or of `7 days ago`.
fn relative(text: &str) -> Option<Duration> {
    let text = match text.strip_prefix('-') {
        Some(rest) => rest,
        None => text.strip_suffix("ago")?,
    };
    let (count, unit) = text.trim().split_once(' ')?;
    let count: i64 = count.parse().ok()?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "second" | "sec" => 1,
        "minute" | "min" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        "year" => 365 * 86_400,
        _ => return None,
    };
    Some(Duration::seconds(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn changed_since_is_read_in_all_its_forms() {
        let now = datetime!(2026-11-22 12:00:00 UTC);
        for (text, expected) in [
            ("-7 days", Some(datetime!(2026-11-15 12:00:00 UTC))),
            ("2 hours ago", Some(datetime!(2026-11-22 10:00:00 UTC))),
            ("1700000000", Some(datetime!(2023-11-14 22:13:20 UTC))),
            ("2026-11-01", Some(datetime!(2026-11-01 00:00:00 UTC))),
            (
                "2026-11-01 10:00:00",
                Some(datetime!(2026-11-01 10:00:00 UTC)),
            ),
            (
                "2026-11-01T10:00:00+0100",
                Some(datetime!(2026-11-01 09:00:00 UTC)),
            ),
            (
                "2026-11-01T10:00:00Z",
                Some(datetime!(2026-11-01 10:00:00 UTC)),
            ),
            ("adaptive", None),
            ("-7 moons", None),
        ] {
            assert_eq!(parse(text, now), expected, "{text}");
        }
    }

    #[test]
    fn both_spellings_of_an_offset_are_as_the_services_write_them() {
        let moment = datetime!(2026-11-22 12:00:00 UTC);
        assert_eq!(php(moment), "2026-11-22T12:00:00+0000");
        assert_eq!(atom(moment), "2026-11-22T12:00:00+00:00");
    }
}
