//! Real jobs of the configuration, in Keboola's queue.

pub use keboola::jobs::{EventLevel as JobEventLevel, JobMode, JobState};
use serde::{Deserialize, Serialize};

use crate::{ConfigurationUrl, Problem};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: JobState,
    /// Whether it is over.
    pub finished: bool,
    /// `run`, `debug`, `forceRun`.
    pub mode: String,
    /// Who started it: the description of the token.
    pub by: Option<String>,
    /// When it was taken down, in milliseconds since 1970.
    pub created_at: Option<u64>,
    /// When it began to run, in milliseconds since 1970.
    pub started_at: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_at: Option<u64>,
    /// The configuration's version that ran.
    pub version: Option<u64>,
    /// What became of it, in Keboola's words.
    pub message: Option<String>,
    /// Whose error it was: `user`, `application`, …
    pub error: Option<String>,
    /// Tables that were read.
    pub tables_in: Vec<String>,
    /// Tables that were written.
    pub tables_out: Vec<String>,
    /// Its page in Keboola.
    pub page: String,
}

/// One event of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEventView {
    /// What tells it from all others.
    pub id: String,
    /// When it was, in milliseconds since 1970.
    pub at: Option<u64>,
    /// How serious it is.
    pub level: JobEventLevel,
    /// Its words.
    pub text: String,
}

/// Lists the newest jobs of the configuration, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListJobs {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
}

/// Starts a job with the configuration as it is saved, unless one goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartJob {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// What it does with what the script leaves.
    pub mode: JobMode,
    /// Ids of jobs that go on, and that the person wants another one beside.
    pub beside: Vec<String>,
}

/// What became of a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartOutcome {
    /// There is a new job.
    Started(JobView),
    /// None was started: an earlier start, whose answer got lost, had made this job.
    Found(JobView),
    /// None was started: these go on.
    Busy(Vec<JobView>),
}

/// Reads a job and its events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadJob {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// Which.
    pub job: String,
    /// Events after the one with this id.
    pub after: Option<String>,
    /// Events before the one with this id.
    pub before: Option<String>,
}

/// A job and some of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobNews {
    /// The job as it is.
    pub job: JobView,
    /// Events, oldest first; the job is told also when they cannot be read.
    pub events: Result<JobEvents, Problem>,
}

/// Events of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEvents {
    /// Oldest first.
    pub events: Vec<JobEventView>,
    /// Whether there may be more before the first of them.
    pub cut: bool,
}

/// Ends a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KillJob {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// Which.
    pub job: String,
}
