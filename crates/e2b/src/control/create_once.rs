//! Creates a sandbox that nobody has to look for later.

use std::collections::BTreeMap;
use std::time::Duration;

use transport::Http;

use super::{Control, CreateSandbox, Sandbox};
use crate::E2bError;

/// Waits before each look for a create whose answer was lost, in milliseconds: about twenty seconds
/// in all. None is longer than what a service worker may wait.
const LOOKS_MS: [u64; 7] = [0, 500, 1_500, 3_000, 5_000, 5_000, 5_000];

impl<H: Http> Control<'_, H> {
    /// Creates a sandbox whose `marks`, a part of its metadata, no other one has. When the answer is
    /// lost, or comes from a proxy that gave up, the sandbox may live all the same, or begin to a
    /// little later: it is looked for by its marks, as a second create could leave a billed one behind.
    ///
    /// # Errors
    /// Why the create failed; one that [is open](E2bError::is_open) may still come to be.
    pub async fn create_once(
        &self,
        wanted: &CreateSandbox,
        marks: &BTreeMap<String, String>,
    ) -> Result<Sandbox, E2bError> {
        let lost = match self.create(wanted).await {
            Err(error) if error.is_open() => error,
            answered => return answered,
        };
        for wait in LOOKS_MS.map(Duration::from_millis) {
            if !wait.is_zero() && !self.http.pause(wait).await {
                break;
            }
            match self.find_by_metadata(marks).await {
                Ok(Some((sandbox, _))) => return Ok(sandbox),
                Ok(None) => {}
                Err(error) if error.is_open() || error.is_transient() => {}
                Err(_) => break,
            }
        }
        Err(lost)
    }
}

#[cfg(test)]
mod tests {
    use transport::HttpError;
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    const LISTED: &str = r#"[{"sandboxID":"i01","templateID":"t","startedAt":"2026-11-22T16:00:00Z","state":"running","metadata":{"run":"7","template":"base"}}]"#;
    const READ: &str = r#"{"sandboxID":"i01","templateID":"t","envdVersion":"0.9.1"}"#;

    fn created(script: &Script) -> Result<String, E2bError> {
        let marks: BTreeMap<String, String> = [("run".to_owned(), "7".to_owned())].into();
        let wanted = CreateSandbox {
            template: "base".into(),
            life_seconds: 300,
            metadata: marks.clone(),
            env_vars: BTreeMap::new(),
            internet: true,
        };
        let made = with(script, async |control| {
            control.create_once(&wanted, &marks).await
        });
        made.map(|sandbox| sandbox.id.to_string())
    }

    fn creates(script: &Script) -> usize {
        let written = script.written();
        let all = written.iter().filter(|text| text.starts_with("POST"));
        all.count()
    }

    #[test]
    fn a_create_whose_answer_was_lost_is_found_however_it_was_lost() {
        let patient = || Script::new().patient();
        let reset = || HttpError::Unreachable("reset".into());
        for (lost, script) in [
            ("reset", patient().fail(reset())),
            ("timed out", patient().fail(HttpError::TimedOut)),
            ("a proxy's page", patient().reply(502, "<html></html>")),
            ("a proxy that waited", patient().reply(504, "timeout")),
            ("half an answer", patient().reply(201, r#"{"sandboxID":"#)),
        ] {
            // Not listed yet, a list that fails, then there.
            let script = script
                .reply(200, "[]")
                .reply(503, "")
                .fail(reset())
                .reply(200, LISTED)
                .reply(200, READ);
            assert_eq!(created(&script).as_deref(), Ok("i01"), "{lost}");
            assert_eq!(creates(&script), 1, "{lost}");
            assert_eq!(script.left(), 0, "{lost}");
        }
    }

    #[test]
    fn what_was_refused_is_not_looked_for() {
        for (status, body) in [
            (401, ""),
            (404, r#"{"message":"template 'x' not found"}"#),
            (
                429,
                r#"{"message":"maximum number of concurrent E2B sandboxes (20)"}"#,
            ),
            (
                503,
                r#"{"message":"x","error_code":"sandbox_capacity_unavailable"}"#,
            ),
        ] {
            let script = Script::new().patient().reply(status, body);
            assert!(created(&script).is_err());
            assert_eq!(script.requests().len(), 1, "{status}");
        }
    }

    #[test]
    fn it_is_looked_for_for_twenty_seconds() {
        let mut script = Script::new().patient().fail(HttpError::TimedOut);
        for _ in LOOKS_MS {
            script = script.reply(200, "[]");
        }
        assert_eq!(created(&script), Err(E2bError::TimedOut));
        let waited: Duration = script.pauses().iter().sum();
        assert_eq!(waited, Duration::from_secs(20));
        assert_eq!(creates(&script), 1);
    }
}
