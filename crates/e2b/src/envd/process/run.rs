//! Runs a short command to its end.

use futures::StreamExt as _;
use transport::Http;

use super::{Ended, ProcessEvent, ProcessStart};
use crate::{Envd, EnvdError};

/// A command that ended, whatever its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// The first MiB of its standard output.
    pub stdout: Vec<u8>,
    /// The first MiB of its standard error.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub ended: Ended,
}

/// More of an output is not kept.
const KEPT: usize = 1024 * 1024;

impl<H: Http> Envd<'_, H> {
    /// Starts a command and waits for its end. It has no time limit of its own.
    ///
    /// # Errors
    /// [`EnvdError::Dropped`] when the connection broke first; see [`EnvdError`]. A command that
    /// fails is no error.
    pub async fn run_to_end(&self, process: &ProcessStart) -> Result<Completed, EnvdError> {
        let mut events = self.start(process).await?;
        let mut completed = Completed::default();
        while let Some(event) = events.next().await {
            match event? {
                ProcessEvent::Stdout(bytes) => keep(&mut completed.stdout, &bytes),
                ProcessEvent::Stderr(bytes) => keep(&mut completed.stderr, &bytes),
                ProcessEvent::End(ended) => {
                    completed.ended = ended;
                    return Ok(completed);
                }
                ProcessEvent::Terminal(_) | ProcessEvent::Keepalive => {}
            }
        }
        Err(EnvdError::Dropped(
            "the stream ended before the process".to_owned(),
        ))
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len()).min(bytes.len());
    kept.extend(bytes.iter().take(room));
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::super::events::tests::{CLEAN, END, HI, START, stream};
    use super::*;
    use crate::envd::testing::with;

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    #[test]
    fn outputs_are_collected_and_a_failure_is_no_error() {
        let oops = r#"{"event":{"data":{"stderr":"b29wcw=="}}}"#;
        let end = r#"{"event":{"end":{"exitCode":3,"exited":true,"status":"exit status 3","error":"exit status 3"}}}"#;
        let script =
            Script::new().reply_with(200, FRAMED, stream(&[START, HI, oops, HI, end], CLEAN));
        let process = ProcessStart::shell("x");
        let completed = with(&script, async |envd| envd.run_to_end(&process).await).unwrap();
        assert_eq!(completed.stdout, b"hihi");
        assert_eq!(completed.stderr, b"oops");
        assert_eq!(completed.ended.exit_code, 3);
    }

    #[test]
    fn a_connection_that_breaks_is_never_an_end() {
        let script = Script::new()
            .reply_with(200, FRAMED, stream(&[START, HI], b""))
            .reply_with(200, FRAMED, stream(&[START, HI], CLEAN))
            .reply_with(200, FRAMED, stream(&[START, END], b""));
        let run = || {
            let process = ProcessStart::shell("x");
            with(&script, async |envd| envd.run_to_end(&process).await)
        };
        assert!(matches!(run(), Err(EnvdError::Dropped(_))));
        assert!(matches!(run(), Err(EnvdError::Dropped(_))));
        assert!(run().is_ok(), "how it ended is known");
    }

    #[test]
    fn a_flood_is_cut_at_what_is_kept() {
        let mut kept = Vec::new();
        for _ in 0..40 {
            keep(&mut kept, &[b'x'; 30_000]);
        }
        assert_eq!(kept.len(), KEPT);
    }
}
