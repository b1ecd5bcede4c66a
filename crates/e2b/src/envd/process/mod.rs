//! Processes by `process.Process` (reference/e2b.md §3.5, "Process semantics that bite").

mod control;
mod events;
mod run;
mod start;
mod terminal;
mod wire;

pub use control::{RunningProcess, Signal};
pub use events::ProcessEvents;
pub use run::Completed;
pub use start::ProcessStart;
pub use terminal::TerminalSize;

use serde::Serialize;
use serde::ser::SerializeMap as _;

const SERVICE: &str = "process.Process";

/// Number of a process inside its sandbox.
pub type Pid = u32;

/// Which process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By its number.
    Pid(Pid),
    /// By the tag it was started with.
    Tag(String),
}

impl Serialize for Selector {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Pid(pid) => map.serialize_entry("pid", pid)?,
            Self::Tag(tag) => map.serialize_entry("tag", tag)?,
        }
        map.end()
    }
}

/// What a process does, in order. Outputs are raw: a chunk may end within a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// It wrote to its standard output.
    Stdout(Vec<u8>),
    /// It wrote to its standard error.
    Stderr(Vec<u8>),
    /// It wrote to its terminal.
    Terminal(Vec<u8>),
    /// It is silent, the connection lives.
    Keepalive,
    /// It ended; nothing follows.
    End(Ended),
}

/// How a process ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Exit code; −1 when a signal ended it.
    pub exit_code: i32,
    /// Whether it ended by itself.
    pub exited: bool,
    /// In envd's words: `exit status 1`, `signal: killed`.
    pub status: String,
    /// Set for every code but 0, too.
    pub error: Option<String>,
}

/// The stream of a process that wrote these texts and ended with this code.
#[cfg(test)]
pub(in crate::envd) fn stream_of(stdout: &str, stderr: &str, exit_code: i32) -> Vec<u8> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let data = |stream: &str, text: &str| {
        let text = STANDARD.encode(text);
        format!(r#"{{"event":{{"data":{{"{stream}":"{text}"}}}}}}"#)
    };
    let messages = [
        events::tests::START.to_owned(),
        data("stdout", stdout),
        data("stderr", stderr),
        format!(
            r#"{{"event":{{"end":{{"exitCode":{exit_code},"exited":true,"status":"exit status {exit_code}"}}}}}}"#
        ),
    ];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    events::tests::stream(&messages, events::tests::CLEAN)
}
