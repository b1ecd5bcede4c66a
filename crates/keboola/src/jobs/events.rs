//! What a job says while it runs: events of Storage (reference §6).

use serde::{Deserialize, Serialize};
use transport::Http;

use super::job::without_secret;
use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::wire;

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventLevel {
    /// For information; also what this version does not know.
    Info,
    /// Something was done.
    Success,
    /// To be looked at.
    Warning,
    /// It failed.
    Error,
}

/// One event of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEvent {
    /// What tells it from all others.
    pub id: String,
    /// When it was, in milliseconds since 1970.
    pub at_ms: Option<u64>,
    /// How serious it is.
    pub level: EventLevel,
    /// Its words.
    pub text: String,
}

/// Which events of a job, by the ids of their neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventRange<'a> {
    /// Those after this one; `None` from the first.
    pub after: Option<&'a str>,
    /// Those before this one; `None` to the last.
    pub before: Option<&'a str>,
}

impl<H: Http> Storage<'_, H> {
    /// Events of a job, oldest first: the newest `limit` of those between two events.
    ///
    /// # Errors
    /// When Storage does not answer or refuses.
    pub async fn list_job_events(
        &self,
        job: &str,
        EventRange { after, before }: EventRange<'_>,
        limit: u32,
    ) -> Result<Vec<JobEvent>, KeboolaError> {
        // By the job's own id: the run id of a job that another one started may match nothing.
        let mut path = format!("events?runId={}&limit={limit}", escape(job));
        for (name, event) in [("sinceId", after), ("maxId", before)] {
            if let Some(event) = event {
                path = format!("{path}&{name}={}", escape(event));
            }
        }
        let all: Vec<EventWire> = self.get(&self.of_project(&path), "list of events").await?;
        Ok(all.into_iter().rev().map(EventWire::read).collect())
    }
}

#[derive(Deserialize)]
struct EventWire {
    #[serde(default, deserialize_with = "wire::optional_text")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "wire::lenient")]
    message: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    description: String,
    #[serde(default, rename = "type", deserialize_with = "wire::lenient")]
    level: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    created: String,
}

impl EventWire {
    fn read(self) -> JobEvent {
        let (message, description) = (self.message.trim_end(), self.description.trim_end());
        // A message that was cut is the beginning of its description.
        let text = if description.starts_with(message.trim_end_matches(['.', '…'])) {
            description.to_owned()
        } else if description.is_empty() {
            message.to_owned()
        } else {
            format!("{message}\n{description}")
        };
        JobEvent {
            id: self.uuid.or(self.id).unwrap_or_default(),
            at_ms: wire::unix_ms(&self.created),
            level: match self.level.as_str() {
                "success" => EventLevel::Success,
                "warn" | "warning" => EventLevel::Warning,
                "error" => EventLevel::Error,
                _ => EventLevel::Info,
            },
            text: without_secret(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::testing::Script;

    use super::*;
    use crate::page::StackHost;
    use crate::token::StorageToken;

    #[test]
    fn events_come_in_the_order_in_which_they_were() {
        let http = Script::new().reply(
            200,
            r#"[{"uuid":"u2","id":12,"type":"error","message":"it failed","description":"at line 3",
                 "created":"2026-03-15T04:09:26+0100"},
                {"id":11,"type":"warn","message":"it wa","description":"it warns in full"},
                {"id":"10","type":"strange","message":"Value \"p\" is not an encrypted value."}]"#,
        );
        let host = StackHost::parse("connection.keboola.com").unwrap();
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        let storage = Storage::new(&http, &host, Some("7"), &token);
        let range = EventRange {
            after: Some("u 1"),
            before: Some("u 9"),
        };
        let all = block_on(storage.list_job_events("5", range, 50)).unwrap();
        let told: Vec<_> = all
            .iter()
            .map(|it| (&*it.id, it.at_ms.is_some(), it.level, &*it.text))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "10",
                    false,
                    EventLevel::Info,
                    "Value \"***\" is not an encrypted value."
                ),
                ("11", false, EventLevel::Warning, "it warns in full"),
                ("u2", true, EventLevel::Error, "it failed\nat line 3"),
            ]
        );
        let first = http.written().remove(0);
        assert!(
            first.contains("/v2/storage/events?runId=5&limit=50&sinceId=u%201&maxId=u%209"),
            "{first}"
        );
    }
}
