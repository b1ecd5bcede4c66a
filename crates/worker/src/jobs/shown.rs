//! Jobs, events and problems of the queue as the panel shows them.

use keboola::KeboolaError;
use keboola::jobs::{EventLevel, Job, JobEvent, JobState};
use messages::worker::{self, JobEventLevel, JobEventView, JobView};
use messages::{ConfigurationUrl, Problem, ProblemCode};

use crate::keboola_problem;

pub(super) fn job(configuration: &ConfigurationUrl, job: Job) -> JobView {
    JobView {
        page: configuration.job_page(&job.id),
        id: job.id,
        state: state(job.state),
        finished: job.is_finished,
        mode: job.mode,
        by: job.started_by,
        created_at: job.created_ms,
        started_at: job.started_ms,
        ended_at: job.ended_ms,
        version: job.version,
        message: job.message,
        error: job.error,
        tables_in: job.tables_in,
        tables_out: job.tables_out,
    }
}

fn state(state: JobState) -> worker::JobState {
    use worker::JobState as S;
    match state {
        JobState::Created => S::Created,
        JobState::Waiting => S::Waiting,
        JobState::Processing => S::Processing,
        JobState::Success => S::Success,
        JobState::Warning => S::Warning,
        JobState::Error => S::Error,
        JobState::Terminating => S::Terminating,
        JobState::Terminated => S::Terminated,
        JobState::Cancelled => S::Cancelled,
        JobState::Other(word) => S::Other(word),
    }
}

pub(super) fn event(event: JobEvent) -> JobEventView {
    JobEventView {
        id: event.id,
        at: event.at_ms,
        level: match event.level {
            EventLevel::Info => JobEventLevel::Info,
            EventLevel::Success => JobEventLevel::Success,
            EventLevel::Warning => JobEventLevel::Warning,
            EventLevel::Error => JobEventLevel::Error,
        },
        text: event.text,
    }
}

/// As every problem of Keboola, but that the queue has an address of its own.
pub(super) fn problem(error: KeboolaError, doing: &str) -> Problem {
    let mut problem = keboola_problem::problem(error, doing);
    if problem.code == ProblemCode::StorageUnreachable {
        problem.code = ProblemCode::QueueUnreachable;
    }
    problem
}
