//! Does the sandbox live?

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use transport::{Http, Timeout};

use super::{Envd, EnvdError};
use crate::reply::kind_of;

/// Pauses between two looks whether envd listens, in milliseconds.
const OPENS_MS: [u64; 20] = [
    50, 100, 200, 400, 800, 1_000, 1_500, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000,
    2_000, 2_000, 2_000, 2_000, 2_000,
];

impl<H: Http> Envd<'_, H> {
    /// Waits until envd answers. Right after a create, or when a sandbox wakes, the gateway may answer
    /// before envd listens, in its own words, a proxy's or a page (reference/e2b.md §3.6); that passes in
    /// moments. Returns when it does not within about half a minute, too: who calls next is told why.
    pub async fn wait_until_open(&self) {
        for pause in OPENS_MS {
            let answer = self.health().await;
            let opens = matches!(
                answer,
                Err(EnvdError::PortNotOpen
                    | EnvdError::Unavailable { .. }
                    | EnvdError::UnexpectedReply { .. })
            );
            if !opens || !self.http.pause(Duration::from_millis(pause)).await {
                return;
            }
        }
    }

    /// Asks envd whether it is there: what tells a sandbox that is gone from a network that broke
    /// (reference/e2b.md §3.3).
    ///
    /// # Errors
    /// [`EnvdError::SandboxGone`], [`EnvdError::PortNotOpen`] right after a create, or the network's.
    pub async fn health(&self) -> Result<(), EnvdError> {
        let limit = Timeout(Duration::from_secs(5));
        let request = self.request(Method::GET, "/health").extension(limit);
        let reply = self.exchange(request, Bytes::new()).await?;
        // A browser takes whatever comes from port 80 for a page, the babble of TLS included.
        let body = reply.body();
        if body.is_empty() || serde_json::from_slice::<serde_json::Value>(body).is_ok() {
            return Ok(());
        }
        let what = format!("{} instead of a sandbox's health", kind_of(body));
        Err(EnvdError::UnexpectedReply { what })
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::testing::with;

    #[test]
    fn a_sandbox_lives_starts_or_is_gone() {
        let script = Script::new()
            .reply(204, "")
            .reply(
                502,
                r#"{"message":"The sandbox is running but port is not open"}"#,
            )
            .reply(502, r#"{"message":"The sandbox was not found"}"#);
        let results: Vec<_> = (0..3)
            .map(|_| with(&script, async |envd| envd.health().await))
            .collect();
        assert_eq!(
            results,
            [
                Ok(()),
                Err(EnvdError::PortNotOpen),
                Err(EnvdError::SandboxGone)
            ]
        );
    }

    #[test]
    fn a_sandbox_that_was_just_made_is_waited_for() {
        let closed = r#"{"message":"The sandbox is running but port is not open"}"#;
        let script = Script::new()
            .reply(502, closed)
            .reply(502, "upstream connect error")
            .reply(503, "<html>no healthy upstream</html>")
            .reply(409, "transitioning")
            .reply(204, "")
            .reply(502, r#"{"message":"The sandbox was not found"}"#)
            .patient();
        with(&script, async |envd| envd.wait_until_open().await);
        assert_eq!((script.left(), script.pauses().len()), (1, 4));
        with(&script, async |envd| envd.wait_until_open().await);
        assert_eq!(script.left(), 0, "one that is gone is not waited for");
        assert_eq!(script.pauses().len(), 4);
    }

    #[test]
    fn whatever_else_answers_is_no_sandbox() {
        let script = Script::new()
            .reply(200, "{}")
            .reply(200, "\u{15}\u{3}\u{3}")
            .reply(200, "<html>Welcome to the hotel</html>");
        let health = || with(&script, async |envd| envd.health().await);
        assert_eq!(health(), Ok(()));
        for _ in 0..2 {
            assert!(matches!(health(), Err(EnvdError::UnexpectedReply { .. })));
        }
    }
}
