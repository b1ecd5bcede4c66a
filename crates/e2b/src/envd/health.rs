//! Does the sandbox live?

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use transport::{Http, Timeout};

use super::{Envd, EnvdError};

impl<H: Http> Envd<'_, H> {
    /// Asks envd whether it is there: what tells a sandbox that is gone from a network that broke
    /// (reference/e2b.md §3.3).
    ///
    /// # Errors
    /// [`EnvdError::SandboxGone`], [`EnvdError::PortNotOpen`] right after a create, or the network's.
    pub async fn health(&self) -> Result<(), EnvdError> {
        let limit = Timeout(Duration::from_secs(5));
        let request = self.request(Method::GET, "/health").extension(limit);
        self.exchange(request, Bytes::new()).await.map(|_| ())
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
}
