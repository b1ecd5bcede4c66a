//! A script at work: its output becomes events, line by line, while it runs.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStderr, ChildStdout};

use super::lab::Python;
use super::{Failure, Work, jail};
use crate::project::event::EventKind;
use crate::queue::life::Killed;
use crate::sync::lock;

/// Lines of the error output that the message of a failed job has, at the most, and characters.
const TOLD_LINES: usize = 1000;
const TOLD_CHARACTERS: usize = 16_000;

/// A line that is longer is told in pieces.
const LONGEST_LINE: u64 = 64 * 1024;

/// How long the processes of a script that was killed may take to go.
const GOING: Duration = Duration::from_secs(5);

/// Runs the script to its end.
pub(super) async fn run(
    work: &Work<'_>,
    data: &Path,
    python: &Python,
    killed: &mut Killed,
) -> Result<(), Failure> {
    let mut child = jail::command(work, data, python)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            let text = format!("A job needs bubblewrap (`bwrap`), which does not start: {error}");
            Failure::Broken(text)
        })?;
    let (Some(mut out), Some(mut err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::Broken("The script has no output.".to_owned()));
    };
    let last: Mutex<VecDeque<String>> = Mutex::default();
    let reading = async {
        tokio::join!(
            lines(&mut out, |line| work.tell(EventKind::Info, line)),
            lines(&mut err, |line| {
                work.tell(EventKind::Error, line);
                let mut last = lock(&last);
                last.push_back(line.to_owned());
                if last.len() > TOLD_LINES {
                    last.pop_front();
                }
            }),
            child.wait(),
        )
    };
    let limit = limit(work);
    let ended = tokio::select! {
        biased;
        _ = killed.wait_for(|killed| *killed) => Err(Failure::Killed),
        ((), (), status) = reading => Ok(status?),
        () = tokio::time::sleep(limit) => Err(Failure::User(format!(
            "Running the script exceeded the timeout of {} seconds.", limit.as_secs()
        ))),
    };
    let status = match ended {
        Ok(status) => status,
        Err(failure) => {
            child.kill().await?;
            gone(out, err).await;
            return Err(failure);
        }
    };
    if status.success() {
        return Ok(());
    }
    let told: Vec<String> = lock(&last).drain(..).collect();
    let told = told.join("\n");
    let first = told.char_indices().nth_back(TOLD_CHARACTERS);
    let told = first.map_or(told.as_str(), |(at, _)| told.get(at..).unwrap_or_default());
    Err(Failure::User(format!("Script execution failed.\n{told}")))
}

/// Waits until nobody holds the other end of the output: with bubblewrap its processes die, but not at
/// the same instant.
async fn gone(mut out: ChildStdout, mut err: ChildStderr) {
    let (mut rest, mut other) = (Vec::new(), Vec::new());
    let both = async { tokio::join!(out.read_to_end(&mut rest), err.read_to_end(&mut other)) };
    let _ = tokio::time::timeout(GOING, both).await;
}

/// `runtime.process_timeout` of the configuration.
fn limit(work: &Work<'_>) -> Duration {
    let runtime = work.configuration.get("runtime");
    let told = runtime
        .and_then(|it| it.get("process_timeout"))
        .and_then(Value::as_u64);
    Duration::from_secs(told.filter(|limit| *limit > 0).unwrap_or(24 * 3600))
}

async fn lines(from: &mut (impl AsyncRead + Unpin), take: impl Fn(&str)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut from)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .await
    {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        // Events without words are not kept.
        if !text.trim().is_empty() {
            take(text);
        }
        line.clear();
    }
}
