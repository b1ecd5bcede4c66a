//! What the queue tells of a job (reference §6).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::KeboolaError;
use crate::wire;

/// What a job does with what the script leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobMode {
    /// Outputs and state go into Storage.
    Run,
    /// Nothing is written but zip archives of the data folder, before and after.
    Debug,
}

impl JobMode {
    /// The word of the queue.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Debug => "debug",
        }
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Taken down by the queue.
    Created,
    /// Waits for its turn: jobs of one configuration run one at a time.
    Waiting,
    /// Runs.
    Processing,
    /// Ended well.
    Success,
    /// Ended, and something is to be looked at.
    Warning,
    /// Failed.
    Error,
    /// Is being ended by somebody.
    Terminating,
    /// Was ended by somebody while it ran.
    Terminated,
    /// Was ended by somebody before it ran.
    Cancelled,
    /// A word that this version does not know.
    Other(String),
}

impl JobState {
    fn parse(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "waiting" => Self::Waiting,
            "processing" => Self::Processing,
            "success" => Self::Success,
            "warning" => Self::Warning,
            "error" => Self::Error,
            "terminating" => Self::Terminating,
            "terminated" => Self::Terminated,
            "cancelled" => Self::Cancelled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether it stays like this.
    fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Success | Self::Warning | Self::Error | Self::Terminated | Self::Cancelled
        )
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: JobState,
    /// Whether it is over.
    pub is_finished: bool,
    /// `run`, `debug`, `forceRun`.
    pub mode: String,
    /// The branch's id, where it is told; also production has one.
    pub branch: Option<String>,
    /// Id of the token that started it.
    pub token: Option<String>,
    /// That token's description, which for a person's own is their address.
    pub started_by: Option<String>,
    /// When it was taken down, in milliseconds since 1970.
    pub created_ms: Option<u64>,
    /// When it began to run, in milliseconds since 1970.
    pub started_ms: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<u64>,
    /// The configuration's version that ran.
    pub version: Option<u64>,
    /// What became of it, in Keboola's words.
    pub message: Option<String>,
    /// Whose error it was: `user`, `application`, …
    pub error: Option<String>,
    /// Ids of the tables that were read.
    pub tables_in: Vec<String>,
    /// Ids of the tables that were written.
    pub tables_out: Vec<String>,
}

/// A job as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    status: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_finished: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    mode: String,
    #[serde(default, deserialize_with = "wire::optional_text")]
    branch_id: Option<String>,
    #[serde(default, deserialize_with = "wire::lenient")]
    token: TokenWire,
    #[serde(default, deserialize_with = "wire::lenient")]
    created_time: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    start_time: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    end_time: String,
    /// An object, `[]` before there is a result.
    #[serde(default, deserialize_with = "wire::lenient")]
    result: Map<String, Value>,
}

#[derive(Default, Deserialize)]
struct TokenWire {
    #[serde(default, deserialize_with = "wire::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    description: Option<String>,
}

impl JobWire {
    pub(crate) fn read(self) -> Result<Job, KeboolaError> {
        if self.id.is_empty() {
            return Err(KeboolaError::unexpected("the job has no id"));
        }
        let state = JobState::parse(&self.status);
        let text = |value: Option<&Value>| {
            let text = value?.as_str()?.trim();
            (!text.is_empty()).then(|| without_secret(text))
        };
        let result = &self.result;
        let error = result.get("error");
        Ok(Job {
            is_finished: self.is_finished || state.is_final(),
            mode: self.mode,
            branch: self.branch_id,
            token: self.token.id,
            started_by: self.token.description.filter(|it| !it.is_empty()),
            created_ms: wire::unix_ms(&self.created_time),
            started_ms: wire::unix_ms(&self.start_time),
            ended_ms: wire::unix_ms(&self.end_time),
            version: result.get("configVersion").and_then(wire::whole),
            message: text(result.get("message")),
            error: text(error.and_then(|it| it.get("type"))),
            tables_in: tables(result, "input"),
            tables_out: tables(result, "output"),
            id: self.id,
            state,
        })
    }
}

fn tables(result: &Map<String, Value>, side: &str) -> Vec<String> {
    let all = result.get(side).and_then(|it| it.get("tables"));
    let all = all.and_then(Value::as_array).map(Vec::as_slice);
    all.unwrap_or_default()
        .iter()
        .filter_map(|table| Some(table.get("id")?.as_str()?.to_owned()))
        .collect()
}

/// Keboola's words without the secret that one of its messages quotes: a `#` value that stands in
/// clear is named in full when a job refuses it (reference §5).
pub(crate) fn without_secret(text: &str) -> String {
    const END: &str = "\" is not an encrypted value";
    const BEGIN: &str = "Value \"";
    let mut told = String::new();
    let mut parts = text.split(END).peekable();
    while let Some(part) = parts.next() {
        let is_quoted = parts.peek().is_some();
        // The value may hold quotation marks, and this very beginning, itself: the first one counts.
        match part.split_once(BEGIN).filter(|_| is_quoted) {
            Some((head, _)) => told.extend([head, BEGIN, "***"]),
            None => told.push_str(part),
        }
        if is_quoted {
            told.push_str(END);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Job {
        serde_json::from_str::<JobWire>(json)
            .unwrap()
            .read()
            .unwrap()
    }

    #[test]
    fn a_job_from_its_first_moment_to_its_result() {
        let new = read(
            r#"{"id":5001,"status":"created","result":[],"token":{"id":"9","description":"anna@x.test"},
                "branchId":null,"createdTime":"2026-03-15T03:09:26+00:00","startTime":null}"#,
        );
        assert_eq!(new.id, "5001");
        assert_eq!(new.state, JobState::Created);
        assert!(!new.is_finished);
        assert_eq!(new.started_by.as_deref(), Some("anna@x.test"));
        assert_eq!(new.created_ms, Some(1_773_544_166_000));
        assert_eq!((new.started_ms, new.version), (None, None));
        let ended = read(
            r#"{"id":"5001","runId":"4.5001","status":"error","isFinished":true,"mode":"debug","branchId":7,
                "token":[],"endTime":"2026-03-15T03:09:26Z",
                "result":{"message":"It failed.","configVersion":"3","error":{"type":"user"},
                "input":{"tables":[{"id":"in.c-a.b"}]},"output":{"tables":[{"id":"out.c-a.b"},{}]}}}"#,
        );
        assert_eq!(ended.state, JobState::Error);
        assert!(ended.is_finished);
        assert_eq!(ended.branch.as_deref(), Some("7"));
        assert_eq!((ended.token, ended.started_by), (None, None));
        assert_eq!(ended.version, Some(3));
        assert_eq!(ended.message.as_deref(), Some("It failed."));
        assert_eq!(ended.error.as_deref(), Some("user"));
        assert_eq!(ended.tables_in, ["in.c-a.b"]);
        assert_eq!(ended.tables_out, ["out.c-a.b"]);
    }

    #[test]
    fn what_is_final_is_finished_whatever_else_is_told() {
        for (word, finished) in [
            ("created", false),
            ("waiting", false),
            ("processing", false),
            ("terminating", false),
            ("success", true),
            ("warning", true),
            ("error", true),
            ("terminated", true),
            ("cancelled", true),
            ("resting", false),
        ] {
            let job = read(&format!(r#"{{"id":1,"status":"{word}"}}"#));
            assert_eq!(job.is_finished, finished, "{word}");
        }
        let other = read(r#"{"id":1,"status":"resting","isFinished":true}"#);
        assert_eq!(other.state, JobState::Other("resting".to_owned()));
        assert!(other.is_finished);
    }

    #[test]
    fn a_secret_that_keboola_quotes_is_not_carried_on() {
        for (told, shown) in [
            (
                r#"Invalid cipher text for key #x Value "hun\"ter2" is not an encrypted value."#,
                r#"Invalid cipher text for key #x Value "***" is not an encrypted value."#,
            ),
            (
                r#"a Value "p" is not an encrypted value. b Value "q" is not an encrypted value."#,
                r#"a Value "***" is not an encrypted value. b Value "***" is not an encrypted value."#,
            ),
            (
                r#"" is not an encrypted value"#,
                r#"" is not an encrypted value"#,
            ),
            ("Script failed.", "Script failed."),
        ] {
            assert_eq!(without_secret(told), shown);
        }
    }
}
