//! Reads one sandbox.

use http::Method;
use transport::Http;

use super::{Control, Sandbox};
use crate::{E2bError, SandboxId};

impl<H: Http> Control<'_, H> {
    /// Reads a sandbox with its way in and the end of its life.
    ///
    /// # Errors
    /// [`E2bError::NotFound`] when it is gone; see [`E2bError`].
    pub async fn get(&self, id: &SandboxId) -> Result<Sandbox, E2bError> {
        let reply = self.call(Method::GET, &format!("/sandboxes/{id}")).await?;
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
    fn a_sandbox_is_read_with_its_end() {
        let answer = r#"{"sandboxID":"i01","templateID":"t","envdVersion":"0.6.13","envdAccessToken":"tok","endAt":"2026-11-22T16:03:00Z","state":"running","allowInternetAccess":false}"#;
        let script = Script::new()
            .reply(200, answer)
            .reply(404, r#"{"message":"gone"}"#);
        let id = SandboxId::parse("i01").unwrap();
        let sandbox = with(&script, async |control| control.get(&id).await).unwrap();
        assert_eq!(sandbox.ends_at, Some(1_795_363_380_000));
        assert_eq!(sandbox.internet, Some(false));
        let error = with(&script, async |control| control.get(&id).await).unwrap_err();
        assert_eq!(
            error,
            E2bError::NotFound {
                message: "gone".into()
            }
        );
        assert!(script.written()[0].starts_with("GET https://api.e2b.app/sandboxes/i01\n"));
    }
}
