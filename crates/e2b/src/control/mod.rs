//! The control plane: sandboxes as wholes (reference/e2b.md §2).
//!
//! Every call sends `X-API-Key` and nothing else that tells who we are; a custom header would fail
//! the preflight of older services.

mod check_key;
mod connect;
mod create;
mod create_once;
mod delete;
mod extend;
mod find;
mod get;
mod list;
mod metrics;
mod pause;
mod sandbox;
mod templates;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde::de::DeserializeOwned;
use transport::{Http, Timeout};

use crate::reply::kind_of;
use crate::{ApiKey, E2bError, Endpoint};

pub use check_key::KeyCheck;
pub use create::CreateSandbox;
pub use list::ListedSandbox;
pub use metrics::Metrics;
pub use sandbox::Sandbox;
pub use templates::Template;

/// Calls of the control plane, with one key.
pub struct Control<'a, H> {
    http: &'a H,
    endpoint: &'a Endpoint,
    key: &'a ApiKey,
}

impl<'a, H: Http> Control<'a, H> {
    /// Calls through `http`, at `endpoint`, with `key`.
    #[must_use]
    pub fn new(http: &'a H, endpoint: &'a Endpoint, key: &'a ApiKey) -> Self {
        Self {
            http,
            endpoint,
            key,
        }
    }

    /// A call without a body. `path` begins with a slash.
    async fn call(&self, method: Method, path: &str) -> Result<Response<Bytes>, E2bError> {
        self.send(method, path, None).await
    }

    /// A call with a body of JSON.
    async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: serde_json::Value,
    ) -> Result<Response<Bytes>, E2bError> {
        self.send(method, path, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Result<Response<Bytes>, E2bError> {
        let mut tries = 0;
        loop {
            let reply = self.send_once(&method, path, body.as_ref()).await?;
            tries += 1;
            match turned_away_for(&reply) {
                Some(wait) if tries < TRIES && self.http.pause(wait).await => {}
                _ => return Ok(reply),
            }
        }
    }

    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Response<Bytes>, E2bError> {
        // The server may take 75 s over a create (§2.1); all else answers at once or not at all.
        let seconds = if *method == Method::POST { 80 } else { 30 };
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.endpoint.api_url()))
            .header("X-API-Key", self.key.expose())
            .header(http::header::ACCEPT, "application/json")
            .extension(Timeout(Duration::from_secs(seconds)));
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
            bytes = Bytes::from(body.to_string());
        }
        let request = request
            .body(bytes)
            .map_err(|error| E2bError::Unreachable(error.to_string()))?;
        Ok(self.http.send(request).await?)
    }
}

/// No call is sent more often than this.
const TRIES: u32 = 4;
/// The longest wait that is taken from `Retry-After`; what asks for more is told. A service worker,
/// which asks most of this, is ended after 30 s.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long to wait before a call is sent again that was turned away at the door, so that nothing of it
/// was done: creates, too. A limit of sandboxes at the same time is none that passes.
fn turned_away_for(reply: &Response<Bytes>) -> Option<Duration> {
    if reply.status() != http::StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    match E2bError::of_reply(reply) {
        E2bError::RateLimited { retry_after } => retry_after.filter(|wait| *wait <= LONGEST_WAIT),
        _ => None,
    }
}

/// The JSON of a reply that was a success.
fn parse<T: DeserializeOwned>(reply: &Response<Bytes>) -> Result<T, E2bError> {
    serde_json::from_slice(reply.body()).map_err(|error| E2bError::UnexpectedReply {
        what: format!("{} ({error})", kind_of(reply.body())),
    })
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::testing::with;
    use super::*;

    #[test]
    fn what_was_turned_away_for_a_while_is_sent_again_and_nothing_else_is() {
        let rate = r#"{"code":429,"message":"Rate limit exceeded"}"#;
        let many = r#"{"code":429,"message":"maximum number of concurrent E2B sandboxes (20)"}"#;
        for (status, headers, body, requests) in [
            (429, vec![("retry-after", "2")], rate, 4),
            (429, vec![("retry-after", "11")], rate, 1),
            (429, vec![], rate, 1),
            (429, vec![("retry-after", "2")], many, 1),
            (503, vec![("retry-after", "2")], "", 1),
        ] {
            let mut script = Script::new().patient();
            for _ in 0..TRIES {
                script = script.reply_with(status, &headers, body);
            }
            let path = "/sandboxes";
            let reply = with(&script, async |control| {
                control
                    .call_with(Method::POST, path, serde_json::json!({}))
                    .await
            });
            assert_eq!(reply.unwrap().status().as_u16(), status);
            assert_eq!(script.requests().len(), requests, "{headers:?} {body}");
            let waits = script.pauses();
            assert!(waits.iter().all(|wait| wait.as_secs() == 2));
            assert_eq!(waits.len(), requests - 1);
        }
    }

    #[test]
    fn it_goes_on_where_the_door_opens() {
        let script = Script::new()
            .patient()
            .reply_with(429, &[("retry-after", "1")], "")
            .reply(204, "");
        let id = crate::SandboxId::parse("i01").unwrap();
        let ended = with(&script, async |control| control.delete(&id).await);
        assert_eq!(ended, Ok(()));
        assert_eq!(script.requests().len(), 2);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use transport::testing::Script;

    use super::Control;
    use crate::{ApiKey, Endpoint};

    /// Runs `call` against a script, with a key and the cloud's addresses.
    pub(crate) fn with<T>(script: &Script, call: impl AsyncFnOnce(Control<'_, Script>) -> T) -> T {
        let endpoint = Endpoint::cloud();
        let key = ApiKey::parse("test-key").unwrap();
        futures::executor::block_on(call(Control::new(script, &endpoint, &key)))
    }
}
