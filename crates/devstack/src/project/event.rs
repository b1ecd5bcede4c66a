//! Events: what a job says (reference/keboola.md section 6).

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::moment;

/// Characters of a message; one that is longer is cut, and stands whole in the description.
const LONGEST_MESSAGE: usize = 4000;

/// How serious an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Info,
    Success,
    Error,
}

impl EventKind {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Error => "error",
        }
    }
}

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    /// Id of the job.
    pub(crate) run: String,
    pub(crate) component: String,
    pub(crate) configuration: Option<String>,
    pub(crate) kind: EventKind,
    pub(crate) text: String,
    pub(crate) created: OffsetDateTime,
    /// Id and description of the token of the job.
    pub(crate) token: (u64, String),
}

impl Event {
    /// Whether a parameter of the list names it: by its uuid or its older id.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.uuid == name || self.id.to_string() == name
    }

    /// An entry of the list.
    pub(crate) fn to_json(&self, project: (u64, &str), host: &str) -> Value {
        let (message, description) = match self.text.char_indices().nth(LONGEST_MESSAGE) {
            None => (self.text.clone(), ""),
            Some((end, _)) => (
                format!("{}...", self.text.get(..end).unwrap_or_default()),
                self.text.as_str(),
            ),
        };
        json!({
            "uuid": self.uuid,
            "id": self.id,
            "event": format!("ext.{}.", self.component),
            "component": self.component,
            "message": message,
            "description": description,
            "type": self.kind.word(),
            "runId": self.run,
            "created": moment::php(self.created),
            "configurationId": self.configuration,
            "objectId": "",
            "objectType": "",
            "params": [],
            "results": [],
            "performance": [],
            "project": {"id": project.0, "name": project.1},
            "token": {"id": self.token.0, "name": self.token.1},
            "uri": format!("https://{host}/v2/storage/events/{}", self.id),
            "attachments": [],
        })
    }
}
