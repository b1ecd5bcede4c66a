//! Ends a sandbox.

use http::{Method, StatusCode};
use transport::Http;

use super::Control;
use crate::{E2bError, SandboxId};

impl<H: Http> Control<'_, H> {
    /// Ends a sandbox. One that is gone already (404) counts as ended.
    ///
    /// # Errors
    /// See [`E2bError`].
    pub async fn delete(&self, id: &SandboxId) -> Result<(), E2bError> {
        let reply = self
            .call(Method::DELETE, &format!("/sandboxes/{id}"))
            .await?;
        if reply.status().is_success() || reply.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(E2bError::of_reply(&reply))
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn gone_already_is_ended_and_a_refusal_is_not() {
        let script = Script::new()
            .reply(204, "")
            .reply(404, r#"{"message":"x"}"#)
            .reply(401, "");
        let id = SandboxId::parse("i01").unwrap();
        let results: Vec<_> = (0..3)
            .map(|_| with(&script, async |control| control.delete(&id).await))
            .collect();
        assert_eq!(results, [Ok(()), Ok(()), Err(E2bError::InvalidKey)]);
        assert!(script.written()[0].starts_with("DELETE https://api.e2b.app/sandboxes/i01\n"));
    }
}
