//! Does the sandbox live?

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use transport::{Http, Timeout};

use super::{Envd, EnvdError};
use crate::reply::kind_of;

impl<H: Http> Envd<'_, H> {
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
