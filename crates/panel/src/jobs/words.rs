//! Jobs in words.

use messages::worker::{JobState, JobView};
use ui::format::{ago, duration};

/// A job that has waited so long, in milliseconds, is worth a word about it.
const LONG_WAIT_MS: u64 = 60_000;

/// Where a job stands.
#[must_use]
pub fn state(state: &JobState) -> String {
    match state {
        JobState::Created => "Created",
        JobState::Waiting => "Waiting",
        JobState::Processing => "Running",
        JobState::Success => "Success",
        JobState::Warning => "Warning",
        JobState::Error => "Error",
        JobState::Terminating => "Being stopped",
        JobState::Terminated => "Stopped",
        JobState::Cancelled => "Cancelled",
        JobState::Other(word) => return word.clone(),
    }
    .to_owned()
}

/// The kind of a state, for its colour.
#[must_use]
pub fn class(state: &JobState) -> &'static str {
    match state {
        JobState::Success => "good",
        JobState::Error => "bad",
        JobState::Warning | JobState::Terminated | JobState::Cancelled => "attention",
        JobState::Created
        | JobState::Waiting
        | JobState::Processing
        | JobState::Terminating
        | JobState::Other(_) => "neutral",
    }
}

/// What a job is beside its state: its mode, version, age and who started it.
#[must_use]
pub fn facts(job: &JobView, now_ms: u64) -> String {
    let mut parts = Vec::new();
    match job.mode.as_str() {
        "run" | "" => {}
        "forceRun" => parts.push("forced run".to_owned()),
        mode => parts.push(mode.to_owned()),
    }
    parts.extend(job.version.map(|version| format!("version {version}")));
    parts.extend(job.created_at.map(|at| ago(at, now_ms)));
    parts.extend(time(job, now_ms));
    let by = job.by.as_deref().filter(|by| !by.is_empty());
    parts.extend(by.map(|by| format!("by {by}")));
    parts.join(" · ")
}

/// How long it has run, or did run.
#[must_use]
pub fn time(job: &JobView, now_ms: u64) -> Option<String> {
    let began = job.started_at?;
    let end = match (job.finished, job.ended_at) {
        (_, Some(end)) => end,
        (true, None) => return None,
        (false, None) => now_ms,
    };
    let took = duration(end.saturating_sub(began));
    Some(match job.finished {
        true => format!("took {took}"),
        false => format!("for {took}"),
    })
}

/// What became of it, in Keboola's words, with whose error it was.
#[must_use]
pub fn result(job: &JobView) -> Option<String> {
    let message = job.message.clone()?;
    Some(match job.error.as_deref() {
        Some("user") => format!("User error: {message}"),
        Some("application") => format!("Application error: {message}"),
        Some(other) => format!("{other} error: {message}"),
        None => message,
    })
}

/// A word to a person who waits for a job that does not begin.
#[must_use]
pub fn long_wait(job: &JobView, now_ms: u64) -> Option<String> {
    let waits = matches!(job.state, JobState::Created | JobState::Waiting);
    let since = now_ms.saturating_sub(job.created_at?);
    (waits && since >= LONG_WAIT_MS).then(|| {
        format!(
            "It has waited for {} and has not begun. Jobs of one configuration run one at a time, \
             and the project may have no place for more. Its page in Keboola tells what is before \
             it; it can be stopped here, and nothing will have been written.",
            duration(since)
        )
    })
}

/// What is said aloud when the state changes.
#[must_use]
pub fn announcement(job: &JobView) -> String {
    format!("Job {}: {}", job.id, state(&job.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn job(state: JobState, finished: bool) -> JobView {
        JobView {
            id: "5".to_owned(),
            state,
            finished,
            mode: "run".to_owned(),
            by: None,
            created_at: Some(NOW - 300_000),
            started_at: None,
            ended_at: None,
            version: None,
            message: None,
            error: None,
            tables_in: Vec::new(),
            tables_out: Vec::new(),
            page: String::new(),
        }
    }

    #[test]
    fn a_job_is_told_by_what_is_known_of_it() {
        let new = job(JobState::Created, false);
        assert_eq!(facts(&new, NOW), "5 minutes ago");
        let running = JobView {
            mode: "debug".to_owned(),
            by: Some("anna@x.test".to_owned()),
            started_at: Some(NOW - 65_000),
            ..job(JobState::Processing, false)
        };
        assert_eq!(
            facts(&running, NOW),
            "debug · 5 minutes ago · for 1 min 05 s · by anna@x.test"
        );
        let ended = JobView {
            version: Some(3),
            started_at: Some(NOW - 65_000),
            ended_at: Some(NOW - 60_000),
            ..job(JobState::Success, true)
        };
        assert_eq!(facts(&ended, NOW), "version 3 · 5 minutes ago · took 5.0 s");
        let untold = JobView {
            started_at: Some(NOW),
            ..job(JobState::Error, true)
        };
        assert_eq!(time(&untold, NOW), None);
    }

    #[test]
    fn whose_error_it_was() {
        let of = |error: Option<&str>| {
            result(&JobView {
                message: Some("It failed.".to_owned()),
                error: error.map(str::to_owned),
                ..job(JobState::Error, true)
            })
        };
        assert_eq!(of(None).as_deref(), Some("It failed."));
        assert_eq!(of(Some("user")).as_deref(), Some("User error: It failed."));
        assert_eq!(
            of(Some("application")).as_deref(),
            Some("Application error: It failed.")
        );
        assert_eq!(of(Some("x")).as_deref(), Some("x error: It failed."));
        assert_eq!(result(&job(JobState::Success, true)), None);
    }

    #[test]
    fn a_job_that_does_not_begin_is_worth_a_word() {
        assert!(long_wait(&job(JobState::Waiting, false), NOW).is_some());
        assert!(long_wait(&job(JobState::Created, false), NOW).is_some());
        assert_eq!(long_wait(&job(JobState::Processing, false), NOW), None);
        let young = JobView {
            created_at: Some(NOW - 59_999),
            ..job(JobState::Waiting, false)
        };
        assert_eq!(long_wait(&young, NOW), None);
    }
}
