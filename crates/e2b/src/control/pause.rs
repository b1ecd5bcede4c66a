//! Puts a sandbox to sleep.

use http::{Method, StatusCode};
use serde_json::json;
use transport::Http;

use super::Control;
use crate::{E2bError, SandboxId};

impl<H: Http> Control<'_, H> {
    /// Pauses a sandbox: its processes stop, its memory and disk are kept, its life does not run on.
    /// One that is paused already (409) counts as paused.
    ///
    /// # Errors
    /// [`E2bError::NotFound`] when it is gone; see [`E2bError`].
    pub async fn pause(&self, id: &SandboxId) -> Result<(), E2bError> {
        let path = format!("/sandboxes/{id}/pause");
        let reply = self.call_with(Method::POST, &path, json!({})).await?;
        if reply.status().is_success() || reply.status() == StatusCode::CONFLICT {
            Ok(())
        } else {
            Err(E2bError::of_reply(&reply))
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn what_sleeps_already_is_asleep() {
        let script = Script::new()
            .reply(204, "")
            .reply(409, r#"{"message":"sandbox is already paused"}"#)
            .reply(404, "")
            .reply(503, "");
        let id = SandboxId::parse("i01").unwrap();
        let pause = || with(&script, async |control| control.pause(&id).await);
        assert_eq!(pause(), Ok(()));
        assert_eq!(pause(), Ok(()));
        assert!(matches!(pause(), Err(E2bError::NotFound { .. })));
        assert!(matches!(pause(), Err(E2bError::Busy { .. })));
        let written = &script.written()[0];
        assert!(
            written.starts_with("POST https://api.e2b.app/sandboxes/i01/pause\n"),
            "{written}"
        );
    }
}
