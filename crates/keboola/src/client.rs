//! The Storage API of one project and branch: where a call goes, what it carries, how its answer
//! is read. One file per use case adds the calls.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use transport::Http;

use crate::error::KeboolaError;
use crate::page::StackHost;
use crate::token::StorageToken;

/// The Storage API as a token sees it in one branch.
#[derive(Debug)]
pub struct Storage<'a, H> {
    http: &'a H,
    host: StackHost,
    branch: String,
    token: StorageToken,
}

/// What a path segment or a query value keeps unescaped.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One segment of a path, or one value of a query.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A path: its slashes stay.
pub(crate) fn escape_path(path: &str) -> String {
    let segments: Vec<_> = path.split('/').map(escape).collect();
    segments.join("/")
}

impl<'a, H: Http> Storage<'a, H> {
    /// The Storage API of `host`; `None` is the default branch.
    pub fn new(http: &'a H, host: &StackHost, branch: Option<&str>, token: &StorageToken) -> Self {
        Self {
            http,
            host: host.clone(),
            branch: escape(branch.unwrap_or("default")),
            token: token.clone(),
        }
    }

    /// URL of a call that has no branch form.
    pub(crate) fn of_project(&self, path: &str) -> String {
        format!("https://{}/v2/storage/{path}", self.host.as_str())
    }

    /// URL of a call that is done in the branch.
    pub(crate) fn of_branch(&self, path: &str) -> String {
        self.of_project(&format!("branch/{}/{path}", self.branch))
    }

    /// Reads JSON. `what` names it in errors.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        url: &str,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let body = self.exchange(Method::GET, url, None).await?;
        parse(&body, what)
    }

    /// Sends JSON and reads JSON. Never repeated: it creates something.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        body: &Value,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let reply = self.exchange(Method::POST, url, Some(body)).await?;
        parse(&reply, what)
    }

    /// Asks for a change that the URL says all of, and reads JSON.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        url: &str,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let reply = self.exchange(Method::PUT, url, None).await?;
        parse(&reply, what)
    }

    /// Sends JSON to what answers without a body.
    pub(crate) async fn post_without_answer(
        &self,
        url: &str,
        body: &Value,
    ) -> Result<(), KeboolaError> {
        self.exchange(Method::POST, url, Some(body))
            .await
            .map(|_| ())
    }

    /// Deletes what the URL names.
    pub(crate) async fn delete(&self, url: &str) -> Result<(), KeboolaError> {
        self.exchange(Method::DELETE, url, None).await.map(|_| ())
    }

    /// The carrier, for URLs that carry their own permission and must not see the token.
    pub(crate) fn http(&self) -> &'a H {
        self.http
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Bytes, KeboolaError> {
        let mut secret =
            HeaderValue::from_str(self.token.expose()).map_err(|_| KeboolaError::Unauthorized)?;
        secret.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(method)
            .uri(url)
            .header("X-StorageApi-Token", secret)
            .header(ACCEPT, "application/json");
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json");
            bytes = Bytes::from(body.to_string());
        }
        let request = request
            .body(bytes)
            .map_err(|error| KeboolaError::Unreachable(error.to_string()))?;
        read(self.http.send(request).await?, Some(&self.token))
    }
}

/// The body of a success, or the error that came instead.
pub(crate) fn read(
    reply: http::Response<Bytes>,
    token: Option<&StorageToken>,
) -> Result<Bytes, KeboolaError> {
    if reply.status().is_success() {
        return Ok(reply.into_body());
    }
    Err(KeboolaError::from_reply(
        reply.status(),
        reply.headers(),
        reply.body(),
        token,
    ))
}

/// Reads JSON; its error names the kind and place of the mistake and no value.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, KeboolaError> {
    serde_json::from_slice(body).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Data => "lacks something or has another shape",
            serde_json::error::Category::Eof => "broke off",
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => "is not JSON",
        };
        KeboolaError::unexpected(format!(
            "the {what} {kind} (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}
