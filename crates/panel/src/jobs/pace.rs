//! How often a job is looked at.

/// Looks at a job that is over: its last events may come after its end.
pub const LAST_LOOKS: u32 = 3;

/// The longest pause after failures, in milliseconds. Chromium itself holds back requests of an extension
/// to a URL that answered 5xx again and again (tested: 4.5 s after nine).
const PATIENCE_MS: u32 = 5_000;

/// Until the next look, in milliseconds. `age_ms` is how long the job has been followed, `failures`
/// how many looks in a row did not work.
#[must_use]
pub fn pause_ms(age_ms: u64, failures: u32, is_hidden: bool) -> u32 {
    let usual = match age_ms {
        0..30_000 => 1_000,
        30_000..300_000 => 2_000,
        _ => 5_000,
    };
    let patient = match failures {
        0 => usual,
        failures => usual.max(PATIENCE_MS.min(1_000 << failures.min(4))),
    };
    if is_hidden {
        patient.max(10_000)
    } else {
        patient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_job_is_looked_at_often_and_a_queue_that_fails_seldom() {
        for (age, failures, is_hidden, pause) in [
            (0, 0, false, 1_000),
            (29_999, 0, false, 1_000),
            (30_000, 0, false, 2_000),
            (3_600_000, 0, false, 5_000),
            (0, 1, false, 2_000),
            (0, 2, false, 4_000),
            (0, 30, false, 5_000),
            (3_600_000, 1, false, 5_000),
            (0, 0, true, 10_000),
            (0, 30, true, 10_000),
        ] {
            assert_eq!(pause_ms(age, failures, is_hidden), pause);
        }
    }
}
