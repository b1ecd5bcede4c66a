//! Moves the end of a sandbox's life, later only.

use http::Method;
use serde_json::json;
use transport::Http;

use super::Control;
use crate::{E2bError, SandboxId};

/// The life of a sandbox as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Now, in milliseconds since 1970.
    pub now: u64,
    /// Its known end, in milliseconds since 1970.
    pub ends_at: u64,
}

impl<H: Http> Control<'_, H> {
    /// Lets a sandbox live for at least `seconds` from now, and tells its end in milliseconds since
    /// 1970. `/timeout` could also shorten a life (reference/e2b.md §2.4), so nothing is sent when
    /// the known end is later; `/refreshes`, which never shortens, is missing on other services.
    ///
    /// # Errors
    /// [`E2bError::LifeTooLong`] beyond the plan's limit, [`E2bError::NotFound`] when it is gone; see
    /// [`E2bError`].
    pub async fn extend(&self, id: &SandboxId, seconds: u32, life: Life) -> Result<u64, E2bError> {
        let ends_at = life.now.saturating_add(u64::from(seconds) * 1000);
        if ends_at <= life.ends_at {
            return Ok(life.ends_at);
        }
        self.set_life(id, seconds).await?;
        Ok(ends_at)
    }

    /// Lets a sandbox live for `seconds` from now, which may shorten its life: only for taking back what
    /// was added before.
    ///
    /// # Errors
    /// As [`Control::extend`].
    pub async fn set_life(&self, id: &SandboxId, seconds: u32) -> Result<(), E2bError> {
        let path = format!("/sandboxes/{id}/timeout");
        let reply = self
            .call_with(Method::POST, &path, json!({ "timeout": seconds }))
            .await?;
        if reply.status().is_success() {
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
    fn a_life_is_lengthened_and_never_shortened() {
        let script = Script::new().reply(204, "");
        let id = SandboxId::parse("i01").unwrap();
        let life = Life {
            now: 1_000_000,
            ends_at: 1_060_000,
        };
        let kept = with(&script, async |control| control.extend(&id, 60, life).await);
        assert_eq!(kept, Ok(1_060_000));
        assert_eq!(script.requests().len(), 0);
        let longer = with(&script, async |control| control.extend(&id, 61, life).await);
        assert_eq!(longer, Ok(1_061_000));
        let written = &script.written()[0];
        assert!(
            written.starts_with("POST https://api.e2b.app/sandboxes/i01/timeout\n"),
            "{written}"
        );
        assert!(written.ends_with("\n\n{\"timeout\":61}"), "{written}");
    }

    #[test]
    fn the_plans_limit_is_told() {
        let message = "Timeout cannot be greater than 1 hours";
        let script = Script::new().reply(400, format!(r#"{{"message":"{message}"}}"#));
        let id = SandboxId::parse("i01").unwrap();
        let life = Life { now: 0, ends_at: 0 };
        let error = with(&script, async |control| {
            control.extend(&id, 7200, life).await
        });
        assert_eq!(
            error,
            Err(E2bError::LifeTooLong {
                message: message.into()
            })
        );
    }
}
