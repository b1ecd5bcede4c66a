//! `Range` and the date conditions of a download.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, header};

/// What of the file is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// 206 with these bytes.
    Bytes(Range<u64>),
    /// 304: the client's copy is good.
    NotModified,
    /// 416: nothing of the file is in the range.
    Unsatisfiable,
}

/// Whether any header asks for less than the whole file, which rules out compression.
pub(super) fn asked(headers: &HeaderMap) -> bool {
    [
        header::RANGE,
        header::IF_MODIFIED_SINCE,
        header::IF_NONE_MATCH,
        header::IF_RANGE,
    ]
    .iter()
    .any(|name| headers.contains_key(name))
}

/// Decides for a file of `length` bytes. Several ranges in one request are answered with the whole.
pub(super) fn part(headers: &HeaderMap, length: u64, modified: SystemTime) -> Part {
    let modified = whole_seconds(modified);
    if date(headers, header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since) {
        return Part::NotModified;
    }
    if headers.contains_key(header::IF_RANGE) && date(headers, header::IF_RANGE) != Some(modified) {
        return Part::Whole;
    }
    let Some(range) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
    else {
        return Part::Whole;
    };
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .filter(|range| !range.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return if range.contains(',') {
            Part::Whole
        } else {
            Part::Unsatisfiable
        };
    };
    let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..length,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => length.saturating_sub(suffix)..length,
        _ => return Part::Unsatisfiable,
    };
    if range.is_empty() {
        Part::Unsatisfiable
    } else {
        Part::Bytes(range)
    }
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH
        + Duration::from_secs(
            time.duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_conditions_pick_the_part() {
        let modified = UNIX_EPOCH + Duration::from_millis(1_000_500);
        let (same, later) = (
            "Thu, 01 Jan 1970 00:16:40 GMT",
            "Thu, 01 Jan 1970 00:16:41 GMT",
        );
        for (headers, expected) in [
            (vec![], Part::Whole),
            (vec![("range", "bytes=0-3")], Part::Bytes(0..4)),
            (vec![("range", "bytes=5-")], Part::Bytes(5..10)),
            (vec![("range", "bytes=-3")], Part::Bytes(7..10)),
            (vec![("range", "bytes=-99")], Part::Bytes(0..10)),
            (vec![("range", "bytes=8-99")], Part::Bytes(8..10)),
            (vec![("range", "bytes=10-")], Part::Unsatisfiable),
            (vec![("range", "bytes=4-2")], Part::Unsatisfiable),
            (vec![("range", "lines=1-2")], Part::Unsatisfiable),
            (vec![("range", "bytes=0-1,3-4")], Part::Whole),
            (vec![("if-modified-since", same)], Part::NotModified),
            (
                vec![("range", "bytes=0-3"), ("if-range", same)],
                Part::Bytes(0..4),
            ),
            (
                vec![("range", "bytes=0-3"), ("if-range", later)],
                Part::Whole,
            ),
        ] {
            let map = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(part(&map, 10, modified), expected, "{headers:?}");
        }
    }
}
