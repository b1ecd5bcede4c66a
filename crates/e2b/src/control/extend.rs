//! Moves the end of a sandbox's life, later only.

use http::Method;
use serde_json::json;
use transport::Http;

use super::metrics::is_absent;
use super::{Control, Sandbox};
use crate::{E2bError, SandboxId};

impl<H: Http> Control<'_, H> {
    /// Lets a sandbox live for at least `seconds` from now (`now_ms`, since 1970), and reads what
    /// came of it: a service may cut what was asked for to the plan's limit, and say nothing.
    ///
    /// `/timeout` could also shorten a life (reference/e2b.md §2.4), and another window may have moved
    /// it on, so the end is read before. Where none is told, `/connect` is asked, which only extends.
    ///
    /// # Errors
    /// [`E2bError::LifeTooLong`] beyond the plan's limit, [`E2bError::NotFound`] when it is gone; see
    /// [`E2bError`].
    pub async fn extend(
        &self,
        id: &SandboxId,
        seconds: u32,
        now_ms: u64,
    ) -> Result<Sandbox, E2bError> {
        let known = self.get(id).await?;
        match left_ms(&known, now_ms) {
            // What is left may be a second more than is sure.
            Some(left) if left + 1_000 >= u64::from(seconds) * 1_000 => return Ok(known),
            Some(_) => self.set_life(id, seconds).await?,
            None => self.move_on(id, seconds).await?,
        }
        self.get(id).await
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
            return Ok(());
        }
        Err(E2bError::of_reply(&reply))
    }

    async fn move_on(&self, id: &SandboxId, seconds: u32) -> Result<(), E2bError> {
        let path = format!("/sandboxes/{id}/connect");
        let reply = self
            .call_with(Method::POST, &path, json!({ "timeout": seconds }))
            .await?;
        if reply.status().is_success() {
            return Ok(());
        }
        // It was there a moment ago, so it is the call that is missing.
        if is_absent(reply.status()) {
            return self.set_life(id, seconds).await;
        }
        Err(E2bError::of_reply(&reply))
    }
}

/// What is left of a life, by the service's clock where it tells it.
fn left_ms(sandbox: &Sandbox, now_ms: u64) -> Option<u64> {
    let by_ours = || Some(sandbox.ends_at?.saturating_sub(now_ms));
    sandbox.left_ms.or_else(by_ours)
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    const NOW: u64 = 1_795_363_200_000; // 2026-11-22T16:00:00Z

    fn read(script: Script, ends: Option<&str>) -> Script {
        let end = ends.map_or_else(String::new, |end| {
            format!(r#","endAt":"2026-11-22T16:{end}Z""#)
        });
        let body = format!(r#"{{"sandboxID":"i01","templateID":"t","envdVersion":"0.9.1"{end}}}"#);
        script.reply_with(200, &[("date", "Sun, 22 Nov 2026 16:00:00 GMT")], body)
    }

    fn extended(script: &Script, seconds: u32) -> Result<Option<u64>, E2bError> {
        let id = SandboxId::parse("i01").unwrap();
        with(script, async |control| {
            let sandbox = control.extend(&id, seconds, NOW).await?;
            Ok(sandbox.ends_at.map(|end| (end - NOW) / 1_000))
        })
    }

    fn calls(script: &Script) -> Vec<String> {
        let requests = script.requests();
        let call = |it: &http::Request<bytes::Bytes>| {
            let path = it.uri().path().trim_start_matches("/sandboxes/i01");
            format!("{} {path}", it.method())
        };
        requests.iter().map(call).collect()
    }

    #[test]
    fn a_life_is_never_shortened_whatever_the_caller_believes() {
        let script = read(Script::new(), Some("10:00"));
        assert_eq!(extended(&script, 600), Ok(Some(600)));
        assert_eq!(calls(&script), ["GET "]);
    }

    #[test]
    fn what_the_service_made_of_it_is_told() {
        for (came_of_it, seconds) in [("10:01", 601), ("08:00", 480)] {
            let script = read(Script::new(), Some("05:00")).reply(204, "");
            let script = read(script, Some(came_of_it));
            assert_eq!(extended(&script, 601), Ok(Some(seconds)));
            assert_eq!(calls(&script), ["GET ", "POST /timeout", "GET "]);
            assert!(script.written()[1].ends_with("\n\n{\"timeout\":601}"));
        }
    }

    #[test]
    fn where_no_end_is_told_nothing_is_sent_that_could_shorten() {
        let script = read(Script::new(), None).reply(200, "{}");
        let script = read(script, None);
        assert_eq!(extended(&script, 300), Ok(None));
        assert_eq!(calls(&script), ["GET ", "POST /connect", "GET "]);
    }

    #[test]
    fn a_service_without_connect_has_its_timeout() {
        let script = read(Script::new(), None).reply(405, "").reply(204, "");
        let script = read(script, None);
        assert_eq!(extended(&script, 300), Ok(None));
        let all = ["GET ", "POST /connect", "POST /timeout", "GET "];
        assert_eq!(calls(&script), all);
    }

    #[test]
    fn the_plans_limit_is_told() {
        let message = "Timeout cannot be greater than 1 hours";
        let script =
            read(Script::new(), Some("05:00")).reply(400, format!(r#"{{"message":"{message}"}}"#));
        let error = extended(&script, 7_200);
        assert_eq!(
            error,
            Err(E2bError::LifeTooLong {
                message: message.into()
            })
        );
    }
}
