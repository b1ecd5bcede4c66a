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
        // The server may take 75 s over a create (§2.1); all else answers at once or not at all.
        let seconds = if method == Method::POST { 80 } else { 30 };
        let mut request = Request::builder()
            .method(method)
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

/// The JSON of a reply that was a success.
fn parse<T: DeserializeOwned>(reply: &Response<Bytes>) -> Result<T, E2bError> {
    serde_json::from_slice(reply.body()).map_err(|error| E2bError::UnexpectedReply {
        what: format!("{} ({error})", kind_of(reply.body())),
    })
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
