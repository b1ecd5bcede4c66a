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
use crate::retry;
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

    /// Sends JSON and reads JSON. Repeated only when it was turned away: it creates something.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        body: &Value,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let reply = self.exchange(Method::POST, url, Some(text(body))).await?;
        parse(&reply, what)
    }

    /// Sends the text of JSON as it is and reads JSON. Repeated only when it was turned away: what
    /// another did meanwhile would be lost.
    pub(crate) async fn put_text<T: DeserializeOwned>(
        &self,
        url: &str,
        body: String,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let reply = self.exchange(Method::PUT, url, Some(body.into())).await?;
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
        self.exchange(Method::POST, url, Some(text(body)))
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
        body: Option<Bytes>,
    ) -> Result<Bytes, KeboolaError> {
        exchange(self.http, &self.token, method, url, body).await
    }
}

/// Asks a service that takes the Storage token, again where that does no harm.
pub(crate) async fn exchange<H: Http>(
    http: &H,
    token: &StorageToken,
    method: Method,
    url: &str,
    body: Option<Bytes>,
) -> Result<Bytes, KeboolaError> {
    // A second deletion of what is gone would be refused. What a PUT without a body does, its URL
    // says; one with a body replaces what may be another's by then.
    let idempotent = method == Method::GET || (method == Method::PUT && body.is_none());
    let mut attempt = 0;
    loop {
        let error = match exchange_once(http, token, method.clone(), url, body.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        attempt += 1;
        let wait = retry::after(attempt, &error, idempotent, http.jitter());
        let Some(wait) = wait else { return Err(error) };
        if !http.pause(wait).await {
            return Err(error);
        }
    }
}

async fn exchange_once<H: Http>(
    http: &H,
    token: &StorageToken,
    method: Method,
    url: &str,
    body: Option<Bytes>,
) -> Result<Bytes, KeboolaError> {
    let mut secret =
        HeaderValue::from_str(token.expose()).map_err(|_| KeboolaError::Unauthorized)?;
    secret.set_sensitive(true);
    let mut request = http::Request::builder()
        .method(method)
        .uri(url)
        .header("X-StorageApi-Token", secret)
        .header(ACCEPT, "application/json");
    let mut bytes = Bytes::new();
    if let Some(body) = body {
        request = request.header(CONTENT_TYPE, "application/json");
        bytes = body;
    }
    let request = request
        .body(bytes)
        .map_err(|error| KeboolaError::Unreachable(error.to_string()))?;
    read(http.send(request).await?, Some(token))
}

/// The text of JSON, as a body.
pub(crate) fn text(body: &Value) -> Bytes {
    Bytes::from(body.to_string())
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::executor::block_on;
    use serde_json::json;
    use transport::HttpError;
    use transport::testing::Script;

    use super::*;

    fn storage(script: &Script) -> Storage<'_, Script> {
        let host = StackHost::parse("connection.keboola.com").unwrap();
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        Storage::new(script, &host, None, &token)
    }

    fn busy(script: Script, seconds: &str) -> Script {
        script.reply_with(429, &[("retry-after", seconds)], "{}")
    }

    #[test]
    fn what_was_turned_away_is_asked_again_after_the_pause_that_was_asked_for() {
        let script = busy(busy(Script::new().patient(), "2"), "0").reply(200, "7");
        let body = json!({});
        let made: Result<u32, _> = block_on(storage(&script).post("https://k.test/x", &body, "x"));
        assert_eq!(made.unwrap(), 7);
        let pauses = [Duration::from_secs(2), Duration::from_secs(1)];
        assert_eq!(script.pauses(), pauses);
    }

    #[test]
    fn a_read_is_repeated_and_what_creates_is_not() {
        let script = Script::new()
            .patient()
            .fail(HttpError::TimedOut)
            .reply(500, "{}")
            .reply(200, "7");
        let read: Result<u32, _> = block_on(storage(&script).get("https://k.test/x", "x"));
        assert_eq!(read.unwrap(), 7);
        let script = Script::new().patient().reply(500, "{}").reply(200, "7");
        let body = json!({});
        let made: Result<u32, _> = block_on(storage(&script).post("https://k.test/x", &body, "x"));
        assert!(made.is_err());
        assert_eq!(script.requests().len(), 1);
    }

    #[test]
    fn it_ends_and_a_carrier_that_cannot_wait_asks_once() {
        let mut script = Script::new().patient();
        for _ in 0..9 {
            script = busy(script, "0");
        }
        let read: Result<u32, _> = block_on(storage(&script).get("https://k.test/x", "x"));
        assert!(matches!(read, Err(KeboolaError::RateLimited { .. })));
        assert_eq!(script.requests().len(), retry::TRIES as usize);
        let script = busy(Script::new(), "0").reply(200, "7");
        let read: Result<u32, _> = block_on(storage(&script).get("https://k.test/x", "x"));
        assert!(read.is_err());
    }
}
