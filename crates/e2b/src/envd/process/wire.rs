//! Events as protobuf's JSON writes them: zeros are left out, bytes are base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Ended, Pid, ProcessEvent};
use crate::EnvdError;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    event: Event<'a>,
}

#[derive(Default, Deserialize)]
struct Event<'a> {
    #[serde(default)]
    start: Option<Start>,
    #[serde(borrow, default)]
    data: Option<Output<'a>>,
    #[serde(default)]
    keepalive: Option<IgnoredAny>,
    #[serde(default)]
    end: Option<End>,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    pid: u32,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow, default)]
    stdout: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    stderr: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pty: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    exited: bool,
    #[serde(default)]
    status: String,
    #[serde(default)]
    error: Option<String>,
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The first message: the process runs.
    Started(Pid),
    /// Any later one.
    Event(ProcessEvent),
    /// An event that is not known here; a newer envd may send it.
    Unknown,
}

/// Reads one message.
pub(super) fn read(json: &[u8]) -> Result<Said, EnvdError> {
    let unexpected = |what: String| EnvdError::UnexpectedReply { what };
    let message: Message<'_> = serde_json::from_slice(json)
        .map_err(|error| unexpected(format!("an event that cannot be read ({error})")))?;
    let Event {
        start,
        data,
        keepalive,
        end,
    } = message.event;
    let bytes = |text: Cow<'_, str>| {
        BASE64
            .decode(text.as_bytes())
            .map_err(|error| unexpected(format!("output ({error})")))
    };
    Ok(match (start, data, keepalive, end) {
        (Some(start), ..) => Said::Started(start.pid),
        (
            _,
            Some(Output {
                stdout: Some(text), ..
            }),
            ..,
        ) => Said::Event(ProcessEvent::Stdout(bytes(text)?)),
        (
            _,
            Some(Output {
                stderr: Some(text), ..
            }),
            ..,
        ) => Said::Event(ProcessEvent::Stderr(bytes(text)?)),
        (
            _,
            Some(Output {
                pty: Some(text), ..
            }),
            ..,
        ) => Said::Event(ProcessEvent::Terminal(bytes(text)?)),
        (.., Some(_), None) => Said::Event(ProcessEvent::Keepalive),
        (
            ..,
            Some(End {
                exit_code,
                exited,
                status,
                error,
            }),
        ) => {
            let error = error.filter(|error| !error.is_empty());
            Said::Event(ProcessEvent::End(Ended {
                exit_code,
                exited,
                status,
                error,
            }))
        }
        _ => Said::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_with_absent_zeros() {
        let end = |exit_code, exited, status: &str, error: Option<&str>| {
            ProcessEvent::End(Ended {
                exit_code,
                exited,
                status: status.into(),
                error: error.map(str::to_owned),
            })
        };
        for (json, event) in [
            (r#"{"event":{"start":{"pid":7}}}"#, Said::Started(7)),
            (
                r#"{"event":{"data":{"stdout":"aGk="}}}"#,
                Said::Event(ProcessEvent::Stdout(b"hi".into())),
            ),
            (
                r#"{"event":{"data":{"stdout":"aGk"}}}"#,
                Said::Event(ProcessEvent::Stdout(b"hi".into())),
            ),
            (
                r#"{"event":{"data":{"stdout":"a\u0047k="}}}"#,
                Said::Event(ProcessEvent::Stdout(b"hi".into())),
            ),
            (
                r#"{"event":{"data":{"stderr":"/+8="}}}"#,
                Said::Event(ProcessEvent::Stderr(vec![0xff, 0xef])),
            ),
            (
                r#"{"event":{"keepalive":{}}}"#,
                Said::Event(ProcessEvent::Keepalive),
            ),
            (
                r#"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#,
                Said::Event(end(0, true, "exit status 0", None)),
            ),
            (
                r#"{"event":{"end":{"exitCode":-1,"status":"signal: killed","error":"signal: killed"}}}"#,
                Said::Event(end(-1, false, "signal: killed", Some("signal: killed"))),
            ),
            (
                r#"{"event":{"end":{}}}"#,
                Said::Event(end(0, false, "", None)),
            ),
            (r#"{"event":{"novelty":{"x":1}}}"#, Said::Unknown),
            (
                r#"{"event":{"data":{"pty":"aGk="}}}"#,
                Said::Event(ProcessEvent::Terminal(b"hi".into())),
            ),
            (r#"{"event":{"data":{"new":"aGk="}}}"#, Said::Unknown),
            ("{}", Said::Unknown),
        ] {
            assert_eq!(read(json.as_bytes()).unwrap(), event, "{json}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for json in [
            "",
            "7",
            r#"{"event":{"data":{"stdout":"*"}}}"#,
            r#"{"event":{"start":{"pid":"x"}}}"#,
        ] {
            assert!(
                matches!(
                    read(json.as_bytes()),
                    Err(EnvdError::UnexpectedReply { .. })
                ),
                "{json}"
            );
        }
    }
}
