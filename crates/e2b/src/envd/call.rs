//! Requests to envd: the headers of reference/e2b.md §3.2, unary RPC, and the check of a reply.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, Response, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use transport::{Http, Timeout};

use super::{Envd, EnvdError};
use crate::ENVD_PORT;
use crate::reply::kind_of;
use crate::time;

/// What the official clients allow a short call, and a stream until it begins.
pub(super) const SHORT: Duration = Duration::from_secs(60);

/// More of an error's body is not read.
const MAX_ERROR_BODY: usize = 64 * 1024;

impl<H: Http> Envd<'_, H> {
    /// A request to `path_and_query` with the sandbox's token.
    pub(super) fn request(&self, method: Method, path_and_query: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path_and_query}", self.access.url))
            // Else the proxy answers a browser with a page.
            .header(header::ACCEPT, "application/json");
        if let Some(token) = &self.access.token {
            request = request.header("X-Access-Token", token.expose());
        }
        if let Some(sandbox) = &self.access.routed_to {
            request = request
                .header("E2b-Sandbox-Id", sandbox.as_str())
                .header("E2b-Sandbox-Port", ENVD_PORT);
        }
        request
    }

    /// A request to a method of envd's RPC; `service` is `package.Service`.
    pub(super) fn rpc_request(&self, service: &str, method: &str) -> http::request::Builder {
        let mut request = self
            .request(Method::POST, &format!("/{service}/{method}"))
            .header("Connect-Protocol-Version", "1");
        if let Some(user) = self.access.user() {
            let credentials = STANDARD.encode(format!("{user}:"));
            request = request.header(header::AUTHORIZATION, format!("Basic {credentials}"));
        }
        request
    }

    /// A unary RPC.
    pub(super) async fn unary<T: DeserializeOwned>(
        &self,
        service: &str,
        method: &str,
        message: &impl Serialize,
    ) -> Result<T, EnvdError> {
        let request = self
            .rpc_request(service, method)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(Timeout(SHORT));
        let reply = self.exchange(request, json(message)?).await?;
        parse(reply.body())
    }

    /// Sends, and makes an error of an error status.
    pub(super) async fn exchange(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Bytes>, EnvdError> {
        let reply = self.http.send(complete(request, body)?).await?;
        if let Some(now) = time::told(reply.headers()) {
            self.now.set(Some(now));
        }
        if reply.status().is_success() {
            return Ok(reply);
        }
        Err(EnvdError::of_reply(
            reply.status(),
            reply.headers(),
            reply.body(),
        ))
    }

    /// Opens a stream, and makes an error of an error status, whose body is not framed.
    pub(super) async fn open(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<H::Body, EnvdError> {
        let reply = self.http.open(complete(request, body)?).await?;
        let (head, mut stream) = reply.into_parts();
        let kind = head
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let framed = kind.is_some_and(|kind| kind.starts_with("application/connect+json"));
        if head.status.is_success() && framed {
            return Ok(stream);
        }
        let mut text = Vec::new();
        while let Some(Ok(chunk)) = stream.next().await {
            text.extend_from_slice(&chunk);
            if text.len() > MAX_ERROR_BODY {
                break;
            }
        }
        if head.status.is_success() {
            let what = format!("{} instead of a stream", kind_of(&text));
            return Err(EnvdError::UnexpectedReply { what });
        }
        Err(EnvdError::of_reply(
            head.status,
            &head.headers,
            &Bytes::from(text),
        ))
    }
}

pub(super) fn json(message: &impl Serialize) -> Result<Bytes, EnvdError> {
    let json = serde_json::to_vec(message).map_err(|error| EnvdError::Invalid {
        message: error.to_string(),
    })?;
    Ok(Bytes::from(json))
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, EnvdError> {
    serde_json::from_slice(body).map_err(|error| EnvdError::UnexpectedReply {
        what: format!("{} ({error})", kind_of(body)),
    })
}

pub(super) fn complete(
    request: http::request::Builder,
    body: Bytes,
) -> Result<Request<Bytes>, EnvdError> {
    request
        .body(body)
        .map_err(|error| EnvdError::Unreachable(error.to_string()))
}
