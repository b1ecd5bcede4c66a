//! What the runner tells: one JSON object a line, read from chunks as the network cut them.

mod reader;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use thiserror::Error;

use crate::log::Stream;

pub use reader::EventReader;

/// A line of the runner's standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its place and time; a foreign line has none.
    pub stamp: Option<Stamp>,
    /// What it says.
    pub event: Event,
}

/// Place and time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its number: 0, 1, 2, …
    pub n: u64,
    /// Milliseconds since the runner began.
    pub t: u32,
}

/// What the runner tells. Fields that are not known are ignored, so is an [`Event::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The runner lives.
    Hello(Hello),
    /// A step began or ended.
    Step(StepReport),
    /// An input is in place.
    Input(InputReport),
    /// Raw output; a chunk may end inside a character.
    Out {
        /// Of what.
        stream: Stream,
        /// At most 64 KiB.
        bytes: Vec<u8>,
    },
    /// The script ended; its output is complete.
    Exit(Exit),
    /// What it left below `out`.
    Outputs(Outputs),
    /// What went wrong but the script itself. At most one.
    Problem(RunProblem),
    /// Nothing follows.
    Finished {
        /// The script ended with code 0 and there was no problem.
        ok: bool,
    },
    /// A kind that a newer runner sends.
    Unknown {
        /// Its name.
        kind: String,
    },
    /// A line that is no event: Python's own last words, for example.
    Foreign(String),
}

/// First event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// Version of the protocol.
    pub protocol: u32,
    /// Version of Python, `3.11.7`.
    #[serde(default)]
    pub python: String,
    /// Whether `uv` installs.
    #[serde(default)]
    pub uv: bool,
    /// Number of the runner's process and process group.
    pub pid: u32,
}

/// A step as it stands, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StepReport {
    /// Which.
    pub step: StepName,
    /// Where it stands.
    pub state: StepState,
    /// Packages done: how many.
    #[serde(default)]
    pub count: Option<u64>,
    /// Packages done: whether they were installed before.
    #[serde(default)]
    pub cached: Option<bool>,
    /// Inputs or outputs done: tables.
    #[serde(default)]
    pub tables: Option<u64>,
    /// Inputs or outputs done: files.
    #[serde(default)]
    pub files: Option<u64>,
    /// Inputs done: bytes of all.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Inputs done: how many the sandbox had already.
    #[serde(default)]
    pub unchanged: Option<u64>,
}

/// The runner's steps. Packages and inputs overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Installing packages.
    Packages,
    /// Fetching inputs.
    Inputs,
    /// The script.
    Script,
    /// Looking at what it wrote.
    Outputs,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It goes on.
    Began,
    /// It worked.
    Done,
    /// It did not.
    Failed,
}

/// An input that is in place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InputReport {
    /// Path below `data`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Whether the sandbox had it already.
    #[serde(default)]
    pub cached: bool,
    /// The key that the sandbox keeps it under.
    #[serde(default)]
    pub cache_key: Option<String>,
}

/// How the script ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Exit {
    /// Exit code; `None` when a signal ended it or it never began.
    #[serde(default)]
    pub code: Option<i32>,
    /// Name of the signal that ended it.
    #[serde(default)]
    pub signal: Option<String>,
    /// How long it ran, in milliseconds.
    #[serde(default)]
    pub ms: u64,
    /// Why it ended.
    pub reason: ExitReason,
}

/// Why a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// By itself, or the system killed it.
    Ended,
    /// Stop was pressed.
    Stopped,
    /// The time limit was over.
    Limit,
}

/// What lies below `out`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Outputs {
    /// Below `out/tables`.
    #[serde(default)]
    pub tables: Vec<OutputTable>,
    /// Below `out/files`.
    #[serde(default)]
    pub files: Vec<OutputFile>,
    /// Manifests without a table or file, by their paths below `out`.
    #[serde(default)]
    pub orphans: Vec<String>,
}

/// A table below `out/tables`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutputTable {
    /// Its name there.
    pub name: String,
    /// Its size; of all slices together.
    pub bytes: u64,
    /// Records below the header; `None` when it cannot be read.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Names of its columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Its manifest's text.
    #[serde(default)]
    pub manifest: Option<String>,
}

/// A file below `out/files`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutputFile {
    /// Its name there.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its manifest's text.
    #[serde(default)]
    pub manifest: Option<String>,
}

/// What went wrong but the script itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunProblem {
    /// Which kind.
    pub code: RunProblemCode,
    /// In words for the user; no URL's path or query.
    #[serde(default)]
    pub message: String,
}

/// Kinds of [`RunProblem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunProblemCode {
    /// An input did not arrive.
    InputFailed,
    /// A package could not be installed.
    PackagesFailed,
    /// The sandbox's disk is full.
    NoSpace,
    /// The component's folder cannot be written.
    DataNotWritable,
    /// The engine asked for the end.
    Aborted,
    /// The runner made a mistake.
    #[serde(other)]
    Internal,
}

/// Why the runner's output cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// A line is longer than any event.
    #[error("a line of more than {cap} bytes")]
    TooLong {
        /// The reader's cap.
        cap: usize,
    },
    /// An event whose fields are not what the protocol says.
    #[error("the event {kind:?} cannot be read: {why}")]
    Malformed {
        /// Its kind.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
    /// Events are missing in between.
    #[error("events {expected} to {got} are missing")]
    Gap {
        /// Number of the first that is missing.
        expected: u64,
        /// Number of the one that came instead.
        got: u64,
    },
}

/// What every event has. (No tagged enum: serde would buffer the fields, which does not go together
/// with `arbitrary_precision`, and would copy the output.)
#[derive(Deserialize)]
struct Head<'a> {
    n: u64,
    #[serde(default)]
    t: u64,
    #[serde(borrow)]
    e: Cow<'a, str>,
}

/// Reads one line, without its newline.
fn read(line: &[u8]) -> Result<Report, EventError> {
    let Ok(head) = serde_json::from_slice::<Head<'_>>(line) else {
        let text = String::from_utf8_lossy(line).into_owned();
        return Ok(Report {
            stamp: None,
            event: Event::Foreign(text),
        });
    };
    let event = match &*head.e {
        "hello" => Event::Hello(body(line, &head)?),
        "step" => Event::Step(body(line, &head)?),
        "input" => Event::Input(body(line, &head)?),
        "out" => read_out(line, &head)?,
        "exit" => Event::Exit(body(line, &head)?),
        "outputs" => Event::Outputs(body(line, &head)?),
        "problem" => Event::Problem(body(line, &head)?),
        "finished" => {
            #[derive(Deserialize)]
            struct Finished {
                ok: bool,
            }
            Event::Finished {
                ok: body::<Finished>(line, &head)?.ok,
            }
        }
        kind => Event::Unknown {
            kind: kind.to_owned(),
        },
    };
    let t = u32::try_from(head.t).unwrap_or(u32::MAX);
    Ok(Report {
        stamp: Some(Stamp { n: head.n, t }),
        event,
    })
}

fn body<T: DeserializeOwned>(line: &[u8], head: &Head<'_>) -> Result<T, EventError> {
    serde_json::from_slice(line).map_err(|error| malformed(head, &error))
}

fn read_out(line: &[u8], head: &Head<'_>) -> Result<Event, EventError> {
    #[derive(Deserialize)]
    struct Out<'a> {
        s: Stream,
        #[serde(borrow)]
        d: Cow<'a, str>,
    }
    let Out { s: stream, d } = serde_json::from_slice(line).map_err(|e| malformed(head, &e))?;
    let bytes = STANDARD
        .decode(d.as_bytes())
        .map_err(|error| malformed(head, &error))?;
    Ok(Event::Out { stream, bytes })
}

fn malformed(head: &Head<'_>, why: &dyn std::fmt::Display) -> EventError {
    EventError::Malformed {
        kind: head.e.clone().into_owned(),
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: &str) -> Event {
        read(line.as_bytes()).unwrap().event
    }

    #[test]
    fn every_event_of_the_protocol_is_read() {
        let step = |step, state| StepReport {
            step,
            state,
            count: None,
            cached: None,
            tables: None,
            files: None,
            bytes: None,
            unchanged: None,
        };
        for (line, expected) in [
            (
                r#"{"n":0,"t":3,"e":"hello","protocol":1,"python":"3.11.7","uv":true,"pid":42}"#,
                Event::Hello(Hello {
                    protocol: 1,
                    python: "3.11.7".into(),
                    uv: true,
                    pid: 42,
                }),
            ),
            (
                r#"{"n":1,"t":4,"e":"step","step":"inputs","state":"began"}"#,
                Event::Step(step(StepName::Inputs, StepState::Began)),
            ),
            (
                r#"{"n":2,"t":4,"e":"step","step":"inputs","state":"done","tables":3,"files":1,"bytes":41000000,"unchanged":2}"#,
                Event::Step(StepReport {
                    tables: Some(3),
                    files: Some(1),
                    bytes: Some(41_000_000),
                    unchanged: Some(2),
                    ..step(StepName::Inputs, StepState::Done)
                }),
            ),
            (
                r#"{"n":3,"t":4,"e":"input","path":"in/tables/a.csv","bytes":12,"cached":true,"cache_key":"k"}"#,
                Event::Input(InputReport {
                    path: "in/tables/a.csv".into(),
                    bytes: 12,
                    cached: true,
                    cache_key: Some("k".into()),
                }),
            ),
            (
                r#"{"n":4,"t":5,"e":"out","s":"stderr","d":"w6k="}"#,
                Event::Out {
                    stream: Stream::Stderr,
                    bytes: "é".into(),
                },
            ),
            (
                r#"{"n":5,"t":6,"e":"exit","code":null,"signal":"SIGKILL","ms":7,"reason":"stopped"}"#,
                Event::Exit(Exit {
                    code: None,
                    signal: Some("SIGKILL".into()),
                    ms: 7,
                    reason: ExitReason::Stopped,
                }),
            ),
            (
                r#"{"n":6,"t":6,"e":"outputs","tables":[{"name":"o.csv","bytes":9,"rows":2,"columns":["a"],"manifest":null}],"files":[{"name":"f","bytes":1,"manifest":"{}"}],"orphans":["tables/x.csv.manifest"]}"#,
                Event::Outputs(Outputs {
                    tables: vec![OutputTable {
                        name: "o.csv".into(),
                        bytes: 9,
                        rows: Some(2),
                        columns: vec!["a".into()],
                        manifest: None,
                    }],
                    files: vec![OutputFile {
                        name: "f".into(),
                        bytes: 1,
                        manifest: Some("{}".into()),
                    }],
                    orphans: vec!["tables/x.csv.manifest".into()],
                }),
            ),
            (
                r#"{"n":7,"t":6,"e":"problem","code":"no_space","message":"full"}"#,
                Event::Problem(RunProblem {
                    code: RunProblemCode::NoSpace,
                    message: "full".into(),
                }),
            ),
            (
                r#"{"n":7,"t":6,"e":"problem","code":"of_tomorrow"}"#,
                Event::Problem(RunProblem {
                    code: RunProblemCode::Internal,
                    message: String::new(),
                }),
            ),
            (
                r#"{"n":8,"t":6,"e":"finished","ok":true}"#,
                Event::Finished { ok: true },
            ),
            (
                r#"{"n":9,"t":6,"e":"metrics","cpu":1.5}"#,
                Event::Unknown {
                    kind: "metrics".into(),
                },
            ),
        ] {
            assert_eq!(event(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_that_are_no_events_are_foreign() {
        for line in [
            "Traceback (most recent call last):",
            "{",
            "[]",
            "{}",
            "42",
            r#"{"n":-1,"e":"x"}"#,
        ] {
            assert_eq!(event(line), Event::Foreign(line.to_owned()));
        }
        let report = read(b"\xff!").unwrap();
        assert_eq!(
            report,
            Report {
                stamp: None,
                event: Event::Foreign("\u{fffd}!".into())
            }
        );
    }

    #[test]
    fn an_event_with_wrong_fields_is_an_error_and_not_foreign() {
        for line in [
            r#"{"n":0,"t":1,"e":"out","s":"stdout","d":"*"}"#,
            r#"{"n":0,"t":1,"e":"out","s":"pty","d":""}"#,
            r#"{"n":0,"t":1,"e":"finished"}"#,
            r#"{"n":0,"t":1,"e":"step","step":"dance","state":"done"}"#,
        ] {
            assert!(
                matches!(read(line.as_bytes()), Err(EventError::Malformed { .. })),
                "{line}"
            );
        }
    }
}
