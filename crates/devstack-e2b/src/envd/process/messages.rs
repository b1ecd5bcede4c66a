//! The messages of `process.Process` (`reference/e2b.md` §3.5). protobuf-JSON: zero values are left
//! out, bytes are base64, enums are names (numbers are taken too).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use crate::envd::connect::data_frame;

/// What is started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ProcessConfig {
    pub(super) cmd: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) args: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) envs: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwd: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Size {
    pub(super) cols: u16,
    pub(super) rows: u16,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pty {
    pub(super) size: Size,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StartRequest {
    pub(super) process: ProcessConfig,
    pub(super) pty: Option<Pty>,
    pub(super) tag: Option<String>,
    /// Absent means open, as old clients expect.
    pub(super) stdin: Option<bool>,
}

/// Names one process.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Selector {
    Pid(u32),
    Tag(String),
}

#[derive(Debug, Deserialize)]
pub(super) struct SelectRequest {
    pub(super) process: Selector,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Input {
    #[serde(deserialize_with = "base64_bytes")]
    Stdin(Vec<u8>),
    #[serde(deserialize_with = "base64_bytes")]
    Pty(Vec<u8>),
}

#[derive(Debug, Deserialize)]
pub(super) struct SendInputRequest {
    pub(super) process: Selector,
    pub(super) input: Input,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StreamInputRequest {
    Start(SelectRequest),
    Data(StreamInputData),
    Keepalive(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamInputData {
    pub(super) input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub(super) enum Signal {
    Term,
    Kill,
}

impl TryFrom<serde_json::Value> for Signal {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Signal, String> {
        match (value.as_str(), value.as_i64()) {
            (Some("SIGNAL_SIGTERM"), _) | (_, Some(15)) => Ok(Signal::Term),
            (Some("SIGNAL_SIGKILL"), _) | (_, Some(9)) => Ok(Signal::Kill),
            _ => Err(format!("invalid signal: {value}")),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct SendSignalRequest {
    pub(super) process: Selector,
    pub(super) signal: Signal,
}

#[derive(Debug, Deserialize)]
pub(super) struct UpdateRequest {
    pub(super) process: Selector,
    pub(super) pty: Option<Pty>,
}

#[derive(Debug, Serialize)]
pub(super) struct ProcessInfo {
    pub(super) config: ProcessConfig,
    pub(super) pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ListResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) processes: Vec<ProcessInfo>,
}

/// Where output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Stdout,
    Stderr,
    Pty,
}

pub(super) fn start_event(pid: u32) -> Bytes {
    data_frame(
        json!({ "event": { "start": { "pid": pid } } })
            .to_string()
            .as_bytes(),
    )
}

pub(super) fn data_event(channel: Channel, bytes: &[u8]) -> Bytes {
    let name = match channel {
        Channel::Stdout => "stdout",
        Channel::Stderr => "stderr",
        Channel::Pty => "pty",
    };
    data_frame(
        format!(
            r#"{{"event":{{"data":{{"{name}":"{}"}}}}}}"#,
            STANDARD.encode(bytes)
        )
        .as_bytes(),
    )
}

pub(super) fn keepalive_event() -> Bytes {
    data_frame(br#"{"event":{"keepalive":{}}}"#)
}

/// Accepts padded and unpadded standard base64, as protobuf-JSON readers do.
fn base64_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    use base64::alphabet;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = String::deserialize(deserializer)?;
    LENIENT.decode(text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_the_sdks_are_read() {
        let start: StartRequest = serde_json::from_str(
            r#"{"process":{"cmd":"/bin/bash","args":["-l","-c","true"],"envs":{"A":"1"}},"stdin":false,"later":{}}"#,
        )
        .unwrap();
        assert_eq!(
            (
                start.process.cmd.as_str(),
                start.process.args.len(),
                start.stdin
            ),
            ("/bin/bash", 3, Some(false))
        );
        assert!(start.pty.is_none() && start.tag.is_none() && start.process.cwd.is_none());
        let input: SendInputRequest =
            serde_json::from_str(r#"{"process":{"pid":7},"input":{"stdin":"aGk"}}"#).unwrap();
        assert!(
            matches!((input.process, input.input), (Selector::Pid(7), Input::Stdin(bytes)) if bytes == b"hi")
        );
        for (signal, expected) in [(r#""SIGNAL_SIGKILL""#, Signal::Kill), ("15", Signal::Term)] {
            assert_eq!(serde_json::from_str::<Signal>(signal).unwrap(), expected);
        }
        assert!(serde_json::from_str::<Signal>(r#""SIGNAL_UNSPECIFIED""#).is_err());
    }

    #[test]
    fn an_output_chunk_is_base64_under_its_channel() {
        let frame = data_event(Channel::Stderr, b"hi\n");
        assert_eq!(
            frame.get(5..).unwrap(),
            br#"{"event":{"data":{"stderr":"aGkK"}}}"#
        );
    }
}
