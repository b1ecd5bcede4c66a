//! The few words that sum up a step: "3 tables, 1 file, 41 MB · 2 unchanged".

use crate::event::{Exit, Outputs, StepReport};

/// A size: `0 bytes`, `1.2 kB`, `41 MB`; decimal units, as Keboola's pages show them.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return count(bytes, "byte");
    }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut unit = 1_u64;
    for (index, name) in units.iter().enumerate() {
        unit = unit.saturating_mul(1000);
        let tenths = rounded(bytes, unit, 10);
        if tenths < 100 {
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
        let whole = rounded(bytes, unit, 1);
        if whole < 1000 || index + 1 == units.len() {
            return format!("{whole} {name}");
        }
    }
    count(bytes, "byte")
}

/// `bytes / unit` in parts of 1/`scale`, rounded.
fn rounded(bytes: u64, unit: u64, scale: u64) -> u64 {
    let (bytes, unit, scale) = (u128::from(bytes), u128::from(unit), u128::from(scale));
    u64::try_from((bytes * scale + unit / 2) / unit).unwrap_or(u64::MAX)
}

/// A time: `850 ms`, `1.2 s`, `2 min 5 s`, `1 h 20 min`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    let seconds = (ms + 500) / 1000;
    match ms {
        0..=999 => format!("{ms} ms"),
        _ if tenths < 100 => format!("{}.{} s", tenths / 10, tenths % 10),
        _ if seconds < 60 => format!("{seconds} s"),
        _ if seconds < 3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `1 table`, `3 tables`; thousands are kept apart.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Inputs that are in place: `3 tables, 1 file, 41 MB · 2 unchanged`.
#[must_use]
pub fn inputs(step: &StepReport) -> String {
    let kinds = kinds(step.tables.unwrap_or(0), step.files.unwrap_or(0));
    if kinds.is_empty() {
        return "none".to_owned();
    }
    let mut words = format!("{}, {}", kinds.join(", "), bytes(step.bytes.unwrap_or(0)));
    if let Some(unchanged) = step.unchanged.filter(|unchanged| *unchanged > 0) {
        words.push_str(&format!(" · {} unchanged", grouped(unchanged)));
    }
    words
}

/// Packages that are installed: `2 packages`, `2 packages · unchanged`.
#[must_use]
pub fn packages(step: &StepReport) -> String {
    match step.count.unwrap_or(0) {
        0 => "none".to_owned(),
        number if step.cached == Some(true) => format!("{} · unchanged", count(number, "package")),
        number => count(number, "package"),
    }
}

/// What the script left: `2 tables, 1 file, 3 kB`, or `none`.
#[must_use]
pub fn outputs(outputs: &Outputs) -> String {
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let kinds = kinds(number(outputs.tables.len()), number(outputs.files.len()));
    if kinds.is_empty() {
        return "none".to_owned();
    }
    let tables = outputs.tables.iter().map(|table| table.bytes);
    let all = tables.chain(outputs.files.iter().map(|file| file.bytes));
    format!(
        "{}, {}",
        kinds.join(", "),
        bytes(all.fold(0, u64::saturating_add))
    )
}

/// How the script ended: `exit code 1`, `killed by SIGKILL`, `did not begin`.
#[must_use]
pub fn exit(exit: &Exit) -> String {
    match (exit.code, &exit.signal) {
        (_, Some(signal)) => format!("killed by {signal}"),
        (Some(code), None) => format!("exit code {code}"),
        (None, None) => "did not begin".to_owned(),
    }
}

fn kinds(tables: u64, files: u64) -> Vec<String> {
    [(tables, "table"), (files, "file")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ExitReason, OutputFile, StepName, StepState};

    #[test]
    fn sizes_have_two_digits_at_least() {
        for (number, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_249, "1.2 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (41_000_000, "41 MB"),
            (2_048_000_000, "2.0 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(number), text, "{number}");
        }
    }

    #[test]
    fn times_are_as_exact_as_one_reads_them() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (1_249, "1.2 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (59_499, "59 s"),
            (59_500, "1 min 0 s"),
            (125_000, "2 min 5 s"),
            (4_800_000, "1 h 20 min"),
        ] {
            assert_eq!(duration(ms), text, "{ms}");
        }
    }

    fn step(step: StepName) -> StepReport {
        StepReport {
            step,
            state: StepState::Done,
            count: None,
            cached: None,
            tables: None,
            files: None,
            bytes: None,
            unchanged: None,
        }
    }

    #[test]
    fn steps_are_summed_up() {
        let with = |tables, files, bytes, unchanged| StepReport {
            tables: Some(tables),
            files: Some(files),
            bytes: Some(bytes),
            unchanged: Some(unchanged),
            ..step(StepName::Inputs)
        };
        assert_eq!(
            inputs(&with(3, 1, 41_000_000, 2)),
            "3 tables, 1 file, 41 MB · 2 unchanged"
        );
        assert_eq!(inputs(&with(0, 1_200, 0, 0)), "1,200 files, 0 bytes");
        assert_eq!(inputs(&with(0, 0, 0, 0)), "none");
        let installed = |number, cached| StepReport {
            count: Some(number),
            cached: Some(cached),
            ..step(StepName::Packages)
        };
        assert_eq!(packages(&installed(1, false)), "1 package");
        assert_eq!(packages(&installed(2, true)), "2 packages · unchanged");
        assert_eq!(packages(&step(StepName::Packages)), "none");
    }

    #[test]
    fn outputs_and_ends_are_summed_up() {
        let file = |bytes| OutputFile {
            name: "f".into(),
            bytes,
            manifest: None,
        };
        let found = Outputs {
            files: vec![file(1_000), file(500)],
            ..Outputs::default()
        };
        assert_eq!(outputs(&found), "2 files, 1.5 kB");
        assert_eq!(outputs(&Outputs::default()), "none");
        let end = |code, signal: Option<&str>| Exit {
            code,
            signal: signal.map(str::to_owned),
            ms: 0,
            reason: ExitReason::Ended,
            out_of_memory: false,
            peak_memory: None,
            cpu_ms: None,
        };
        assert_eq!(exit(&end(Some(1), None)), "exit code 1");
        assert_eq!(exit(&end(None, Some("SIGKILL"))), "killed by SIGKILL");
        assert_eq!(exit(&end(None, None)), "did not begin");
    }
}
