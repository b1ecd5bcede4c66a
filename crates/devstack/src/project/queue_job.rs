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

    /// Whether it can still be ended.
    pub(crate) fn is_killable(self) -> bool {
        matches!(self, Self::Created | Self::Waiting | Self::Processing)
    }
}

/// A job.
#[derive(Debug)]
pub(crate) struct QueueJob {
    pub(crate) id: u64,
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
    /// The job as the API gives it. `host` is that of the queue.
    pub(crate) fn to_json(&self, project: (u64, &str), host: &str) -> Value {
        let id = self.id.to_string();
        let asked = |name: &str| self.asked.get(name).cloned().unwrap_or_default();
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
            "runId": id,
            "parentRunId": "",
            "project": {"id": project.0.to_string(), "name": project.1},
            "token": self.token,
            "status": self.status.word(),
            "desiredStatus": desired,
            "mode": self.mode,
            "component": self.component,
            "config": self.configuration,
            "configData": self.asked.get("configData").cloned().unwrap_or_else(|| json!([])),
            "configRowIds": self.asked.get("configRowIds").cloned().unwrap_or_else(|| json!([])),
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
            "variableValuesData": self.asked.get("variableValuesData").cloned()
                .unwrap_or_else(|| json!({"values": []})),
            "backend": self.asked.get("backend").cloned().unwrap_or_else(|| json!([])),
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
