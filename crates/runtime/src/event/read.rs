//! One line into one event.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Event, EventError, Report, Stamp};
use crate::log::Stream;

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
pub(super) fn read(line: &[u8]) -> Result<Report, EventError> {
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
        "capped" => Event::Capped,
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
    use crate::event::*;

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
                    out_of_memory: false,
                    peak_memory: None,
                    cpu_ms: None,
                }),
            ),
            (
                r#"{"n":5,"t":6,"e":"exit","code":137,"signal":null,"ms":7,"reason":"ended","out_of_memory":true,"peak_memory":184000000,"cpu_ms":3200}"#,
                Event::Exit(Exit {
                    code: Some(137),
                    signal: None,
                    ms: 7,
                    reason: ExitReason::Ended,
                    out_of_memory: true,
                    peak_memory: Some(184_000_000),
                    cpu_ms: Some(3_200),
                }),
            ),
            (r#"{"n":5,"t":6,"e":"capped"}"#, Event::Capped),
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
