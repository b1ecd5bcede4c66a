//! Jobs, events and problems of the queue as the panel shows them.

use keboola::KeboolaError;
use keboola::jobs::{Job, JobEvent};
use messages::worker::{JobEventView, JobView};
use messages::{ConfigurationUrl, Problem, ProblemCode};

use crate::keboola_problem;

pub(super) fn job(configuration: &ConfigurationUrl, job: Job) -> JobView {
    JobView {
        page: configuration.job_page(&job.id),
        id: job.id,
        state: job.state,
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

pub(super) fn event(event: JobEvent) -> JobEventView {
    JobEventView {
        id: event.id,
        at: event.at_ms,
        level: event.level,
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
