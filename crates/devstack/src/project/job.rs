//! Asynchronous jobs of Storage (reference/keboola.md section 7.1), not of the queue.

use serde_json::{Value, json};
use time::OffsetDateTime;

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
    /// Failed; the message of `error`.
    Error(String),
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
            JobState::Error(message) => (
                "error",
                json!([]),
                json!({
                    "code": "storage.jobs.failed", "message": message,
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
