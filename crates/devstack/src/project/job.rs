//! Asynchronous jobs of Storage (reference/keboola.md section 7.1), not of the queue.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::load_error::LoadError;
use crate::{moment, random};

/// Where a job is.
#[derive(Debug, Clone)]
pub(crate) enum JobState {
    /// Not begun.
    Waiting,
    /// At work.
    Processing,
    /// Done; `results` of the answer.
    Success(Value),
    /// Failed.
    Error(JobError),
}

/// Why a job failed.
#[derive(Debug, Clone)]
pub(crate) struct JobError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// What the answer has as `results`, an empty list for most.
    pub(crate) results: Value,
}

impl JobError {
    /// A failure without more to say.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            results: json!([]),
        }
    }

    /// A failure of the stand-in itself.
    pub(crate) fn broken(reason: &impl std::fmt::Display) -> Self {
        Self::new("storage.jobs.failed", reason.to_string())
    }
}

impl From<LoadError> for JobError {
    fn from(error: LoadError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            results: error.results(),
        }
    }
}

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) operation: &'static str,
    pub(crate) parameters: Value,
    pub(crate) table: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) creator_token: Value,
    pub(crate) created: OffsetDateTime,
    pub(crate) started: Option<OffsetDateTime>,
    pub(crate) ended: Option<OffsetDateTime>,
    pub(crate) state: JobState,
}

impl Job {
    /// The answer of `GET jobs/{id}`.
    pub(crate) fn to_json(&self, host: &str) -> Value {
        let (status, results, error) = match &self.state {
            JobState::Waiting => ("waiting", json!([]), Value::Null),
            JobState::Processing => ("processing", json!([]), Value::Null),
            JobState::Success(results) => ("success", results.clone(), Value::Null),
            JobState::Error(error) => (
                "error",
                error.results.clone(),
                json!({
                    "code": error.code, "message": error.message,
                    "exceptionId": random::exception_id(),
                }),
            ),
        };
        let mut answer = json!({
            "id": self.id,
            "status": status,
            "url": format!("https://{host}/v2/storage/jobs/{}", self.id),
            "tableId": self.table,
            "operationName": self.operation,
            "operationParams": self.parameters,
            "createdTime": moment::php(self.created),
            "startTime": self.started.map(moment::php),
            "endTime": self.ended.map(moment::php),
            "runId": self.run_id,
            "results": results,
            "creatorToken": self.creator_token,
            "metrics": {"inCompressed": false, "inBytes": 0, "outCompressed": false, "outBytes": 0},
        });
        if !error.is_null()
            && let Some(fields) = answer.as_object_mut()
        {
            fields.insert("error".to_owned(), error);
        }
        answer
    }
}
