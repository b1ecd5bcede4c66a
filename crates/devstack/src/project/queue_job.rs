//! Jobs of the queue (reference/keboola.md section 6).

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::moment;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    Waiting,
    Processing,
    Success,
    Error,
    Terminating,
    Terminated,
    Cancelled,
}

impl Status {
    /// The word of the API.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Waiting => "waiting",
            Self::Processing => "processing",
            Self::Success => "success",
            Self::Error => "error",
            Self::Terminating => "terminating",
            Self::Terminated => "terminated",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn is_finished(self) -> bool {
        matches!(
            self,
            Self::Success | Self::Error | Self::Terminated | Self::Cancelled
        )
    }

    /// What the API knows.
    pub(crate) fn is_word(word: &str) -> bool {
        // The last one is of jobs with children, which there are none of here.
        let all = [
            Self::Created,
            Self::Waiting,
            Self::Processing,
            Self::Success,
            Self::Error,
            Self::Terminating,
            Self::Terminated,
            Self::Cancelled,
        ];
        all.iter().any(|status| status.word() == word) || word == "warning"
    }
}

/// A job.
#[derive(Debug)]
pub(crate) struct QueueJob {
    pub(crate) id: u64,
    /// The run that it belongs to, by `X-KBC-RunId`.
    pub(crate) parent: Option<String>,
    pub(crate) component: String,
    pub(crate) configuration: Option<String>,
    /// As asked for; none is production.
    pub(crate) branch: Option<u64>,
    pub(crate) mode: String,
    /// What else was sent.
    pub(crate) asked: Map<String, Value>,
    pub(crate) status: Status,
    pub(crate) token: Value,
    pub(crate) created: OffsetDateTime,
    pub(crate) started: Option<OffsetDateTime>,
    pub(crate) ended: Option<OffsetDateTime>,
    pub(crate) result: Value,
    /// Says that somebody wants it ended.
    pub(crate) kill: watch::Sender<bool>,
}

impl QueueJob {
    /// Somebody wants it ended: one that has not begun is cancelled, one that runs is going to be
    /// terminated. Whether it was one of the two.
    pub(crate) fn end(&mut self) -> bool {
        match self.status {
            Status::Created | Status::Waiting => {
                self.status = Status::Cancelled;
                self.ended = Some(moment::now());
            }
            Status::Processing => self.status = Status::Terminating,
            _ => return false,
        }
        self.kill.send_replace(true);
        true
    }

    /// Moves it on, unless it was ended meanwhile. Whether it moved.
    pub(crate) fn advance(&mut self, from: Status, to: Status) -> bool {
        let moves = self.status == from;
        if moves {
            self.status = to;
        }
        moves
    }

    /// The job as the API gives it. `host` is that of the queue.
    pub(crate) fn to_json(&self, project: (u64, &str), host: &str) -> Value {
        let id = self.id.to_string();
        let asked = |name: &str| self.asked.get(name).cloned().unwrap_or_default();
        let asked_or = |name: &str, otherwise: Value| match asked(name) {
            Value::Null => otherwise,
            told => told,
        };
        let run = match &self.parent {
            Some(parent) => format!("{parent}.{id}"),
            None => id.clone(),
        };
        let duration = self.started.zip(self.ended).map(|(from, to)| {
            let seconds = (to - from).whole_seconds();
            seconds.max(0)
        });
        let desired = match *self.kill.borrow() {
            true => "terminating",
            false => "processing",
        };
        json!({
            "id": id,
            "runId": run,
            "parentRunId": self.parent.as_deref().unwrap_or_default(),
            "project": {"id": project.0.to_string(), "name": project.1},
            "token": self.token,
            "status": self.status.word(),
            "desiredStatus": desired,
            "mode": self.mode,
            "component": self.component,
            "config": self.configuration,
            "configData": asked_or("configData", json!([])),
            "configRowIds": asked_or("configRowIds", json!([])),
            "tag": asked("tag"),
            "createdTime": moment::atom(self.created),
            "startTime": self.started.map(moment::atom),
            "endTime": self.ended.map(moment::atom),
            "delayedStartTime": null,
            "durationSeconds": duration,
            "result": self.result,
            "usageData": [],
            "isFinished": self.status.is_finished(),
            "url": format!("https://{host}/jobs/{id}"),
            "branchId": self.branch.map(|branch| branch.to_string()),
            "variableValuesId": asked("variableValuesId"),
            "variableValuesData": asked_or("variableValuesData", json!({"values": []})),
            "backend": asked_or("backend", json!([])),
            "executor": "dind",
            "metrics": [],
            "behavior": {"onError": null},
            "parallelism": asked("parallelism"),
            "type": "standard",
            "orchestrationJobId": null,
            "onlyOrchestrationTaskIds": null,
            "previousJobId": null,
        })
    }
}
