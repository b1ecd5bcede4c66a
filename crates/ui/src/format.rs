//! Numbers as people read them: sizes, times, counts.
//!
//! Sizes are decimal (1 MB is 1,000,000 bytes), as Keboola and file managers show them.

const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

/// A size: `512 B`, `1.2 MB`, `45 MB`, `2.05 GB`.
#[must_use]
pub fn bytes(size: u64) -> String {
    let unit = unit_of(size);
    format!("{} {}", in_unit(size, unit), UNITS[unit])
}

/// What has been done of a size, in the unit of the whole: `36 of 45 MB`.
#[must_use]
pub fn bytes_of(done: u64, whole: u64) -> String {
    let unit = unit_of(whole);
    format!(
        "{} of {} {}",
        in_unit(done, unit),
        in_unit(whole, unit),
        UNITS[unit]
    )
}

/// A rate: `11.8 MB/s`.
#[must_use]
pub fn rate(bytes_a_second: u64) -> String {
    format!("{}/s", bytes(bytes_a_second))
}

fn unit_of(size: u64) -> usize {
    let mut unit = 0;
    // 999.95 kB would be written as 1000 kB.
    let mut limit = 1_000_u128;
    while unit + 1 < UNITS.len() && u128::from(size) * 2_000 >= limit * 1_999 {
        limit *= 1_000;
        unit += 1;
    }
    unit
}

#[allow(clippy::cast_precision_loss)] // three digits are shown
fn in_unit(size: u64, unit: usize) -> String {
    if unit == 0 {
        return size.to_string();
    }
    let value = size as f64 / 1_000_f64.powi(i32::try_from(unit).unwrap_or(0));
    let digits = match (unit, value) {
        (3.., ..10.0) => 2,
        (_, ..100.0) => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// How long something took: `0.3 s`, `1 min 05 s`, `2 h 07 min`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{}.{} s", seconds, ms % 1_000 / 100),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// A number of seconds that a person set: `45 s`, `5 min`, `1 h 30 min`.
#[must_use]
pub fn seconds(seconds: u32) -> String {
    let mut parts = Vec::new();
    for (amount, unit) in [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ] {
        if amount > 0 {
            parts.push(format!("{amount} {unit}"));
        }
    }
    if parts.is_empty() {
        parts.push("0 s".to_owned());
    }
    parts.join(" ")
}

/// Time left of an estimate, coarse on purpose: `1 s left`, `3 min left`, `1 h 5 min left`.
#[must_use]
pub fn time_left(seconds: u32) -> String {
    match seconds {
        0..60 => format!("{} s left", seconds.max(1)),
        60..3_600 => format!("{} min left", seconds.div_ceil(60)),
        _ => format!("{} h {} min left", seconds / 3_600, seconds / 60 % 60),
    }
}

/// A countdown: `24:10`, `1:02:03`; `0:00` when it is over.
#[must_use]
pub fn countdown(ends_at_ms: u64, now_ms: u64) -> String {
    // Rounded up, so that a life of five minutes begins with 5:00.
    clock(ends_at_ms.saturating_sub(now_ms).div_ceil(1_000))
}

/// How long ago: `just now`, `5 minutes ago`, `1 day ago`.
#[must_use]
pub fn ago(at_ms: u64, now_ms: u64) -> String {
    let seconds = now_ms.saturating_sub(at_ms) / 1_000;
    let (number, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} ago", counted(number, unit))
}

/// The time column of the log: `0:00.4`, `1:02:03.4`.
#[must_use]
pub fn log_time(ms: u32) -> String {
    format!("{}.{}", clock(u64::from(ms / 1_000)), ms % 1_000 / 100)
}

fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A number with its thousands apart: `214 018`. The space does not break and is narrow.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 row`, `214 018 rows`.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// The beginning of a checksum, enough to compare by eye.
#[must_use]
pub fn short_checksum(hex: &str) -> String {
    let start: String = hex.chars().take(10).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_at_most_three_digits() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (1_234, "1.2 kB"),
            (48_219, "48.2 kB"),
            (999_499, "999 kB"),
            (999_999, "1 MB"),
            (1_200_000, "1.2 MB"),
            (45_000_000, "45 MB"),
            (640_400_000, "640 MB"),
            (2_048_000_000, "2.05 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    #[test]
    fn progress_is_told_in_the_unit_of_the_whole() {
        assert_eq!(bytes_of(36_000_000, 45_000_000), "36 of 45 MB");
        assert_eq!(bytes_of(0, 45_000_000), "0 of 45 MB");
        assert_eq!(bytes_of(512, 45_000_000), "0 of 45 MB");
        assert_eq!(bytes_of(3, 7), "3 of 7 B");
        assert_eq!(rate(11_800_000), "11.8 MB/s");
    }

    #[test]
    fn durations_grow_coarser() {
        for (ms, text) in [
            (0, "0.0 s"),
            (349, "0.3 s"),
            (9_349, "9.3 s"),
            (59_999, "59.9 s"),
            (65_000, "1 min 05 s"),
            (7_620_000, "2 h 07 min"),
        ] {
            assert_eq!(duration(ms), text, "{ms}");
        }
    }

    #[test]
    fn set_times_name_only_what_they_hold() {
        for (value, text) in [
            (0, "0 s"),
            (45, "45 s"),
            (300, "5 min"),
            (90, "1 min 30 s"),
            (86_400, "24 h"),
        ] {
            assert_eq!(seconds(value), text, "{value}");
        }
    }

    #[test]
    fn estimates_never_promise_nothing_left() {
        assert_eq!(time_left(0), "1 s left");
        assert_eq!(time_left(61), "2 min left");
        assert_eq!(time_left(3_900), "1 h 5 min left");
    }

    #[test]
    fn a_countdown_begins_full_and_ends_at_zero() {
        assert_eq!(countdown(300_000, 0), "5:00");
        assert_eq!(countdown(300_000, 1), "5:00");
        assert_eq!(countdown(300_000, 298_500), "0:02");
        assert_eq!(countdown(300_000, 400_000), "0:00");
        assert_eq!(countdown(3_723_000, 0), "1:02:03");
    }

    #[test]
    fn the_log_tells_tenths() {
        assert_eq!(log_time(449), "0:00.4");
        assert_eq!(log_time(3_723_449), "1:02:03.4");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(7), "7");
        assert_eq!(count(999), "999");
        assert_eq!(count(214_018), "214\u{202f}018");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1_000, "row"), "1\u{202f}000 rows");
    }
}
