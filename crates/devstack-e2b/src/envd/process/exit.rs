//! How a process ended, in the words of Go's `os.ProcessState`, which clients show as they are.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::envd::connect::data_frame;

/// The `end` event. `exitCode` 0 and `exited` false are left out; `error` is there on any failure.
pub(super) fn end_event(status: ExitStatus) -> Bytes {
    data_frame(
        json!({ "event": { "end": end(status) } })
            .to_string()
            .as_bytes(),
    )
}

fn end(status: ExitStatus) -> Value {
    let mut end = Map::new();
    let text = match status.code() {
        Some(code) => {
            if code != 0 {
                end.insert("exitCode".into(), code.into());
            }
            end.insert("exited".into(), true.into());
            format!("exit status {code}")
        }
        None => {
            end.insert("exitCode".into(), (-1).into());
            let core = if status.core_dumped() {
                " (core dumped)"
            } else {
                ""
            };
            format!(
                "signal: {}{core}",
                signal_name(status.signal().unwrap_or_default())
            )
        }
    };
    end.insert("status".into(), text.clone().into());
    if !status.success() {
        end.insert("error".into(), text.into());
    }
    Value::Object(end)
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_have_the_forms_of_the_reference() {
        // Wait statuses: exit code in the second byte, signal in the low seven bits, 0x80 for a core.
        for (raw, expected) in [
            (0x0000, json!({ "exited": true, "status": "exit status 0" })),
            (
                0x0100,
                json!({ "exitCode": 1, "exited": true, "status": "exit status 1", "error": "exit status 1" }),
            ),
            (
                9,
                json!({ "exitCode": -1, "status": "signal: killed", "error": "signal: killed" }),
            ),
            (
                15,
                json!({ "exitCode": -1, "status": "signal: terminated", "error": "signal: terminated" }),
            ),
            (
                0x80 | 11,
                json!({
                    "exitCode": -1,
                    "status": "signal: segmentation fault (core dumped)",
                    "error": "signal: segmentation fault (core dumped)",
                }),
            ),
        ] {
            assert_eq!(end(ExitStatus::from_raw(raw)), expected, "{raw:#x}");
        }
    }
}
