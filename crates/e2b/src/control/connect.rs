//! Joins a sandbox, and wakes one that is paused.

use http::Method;
use serde_json::json;
use transport::Http;

use super::{Control, Sandbox};
use crate::{E2bError, SandboxId};

impl<H: Http> Control<'_, H> {
    /// Makes sure that a sandbox runs for `seconds` from now, at the least: a paused one is resumed
    /// with what was in its memory, a running one only has its life moved on, never shortened (reference/e2b.md
    /// §2.4).
    ///
    /// # Errors
    /// [`E2bError::NotFound`] when it is gone, [`E2bError::LifeTooLong`]; see [`E2bError`].
    pub async fn connect(&self, id: &SandboxId, seconds: u32) -> Result<Sandbox, E2bError> {
        let path = format!("/sandboxes/{id}/connect");
        let reply = self
            .call_with(Method::POST, &path, json!({ "timeout": seconds }))
            .await?;
        if !reply.status().is_success() {
            return Err(E2bError::of_reply(&reply));
        }
        Sandbox::read(&reply)
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn a_sandbox_is_joined_whether_it_ran_or_slept() {
        let answer =
            r#"{"sandboxID":"i01","templateID":"t","envdVersion":"0.9.1","envdAccessToken":"tok"}"#;
        let script = Script::new()
            .reply(200, answer)
            .reply(201, answer)
            .reply(404, r#"{"message":"gone"}"#);
        let id = SandboxId::parse("i01").unwrap();
        for _ in 0..2 {
            let joined = with(&script, async |control| control.connect(&id, 300).await);
            assert_eq!(joined.unwrap().access_token.unwrap().expose(), "tok");
        }
        let gone = with(&script, async |control| control.connect(&id, 300).await);
        assert!(matches!(gone, Err(E2bError::NotFound { .. })));
        let written = &script.written()[0];
        assert!(
            written.starts_with("POST https://api.e2b.app/sandboxes/i01/connect\n"),
            "{written}"
        );
        assert!(written.ends_with("\n\n{\"timeout\":300}"), "{written}");
    }
}
