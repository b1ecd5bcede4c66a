//! A carrier without a network: replies from a script, and a record of what was asked.
//!
//! A test writes down the replies in order, runs the code, and reads the requests back byte for
//! byte. A request beyond the script's end is [`HttpError::Unreachable`], so a test cannot pass by
//! asking too much.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

use crate::{Http, HttpError};

/// Answers requests with the replies that it was given, in their order.
#[derive(Debug, Default)]
pub struct Script {
    replies: RefCell<VecDeque<Result<http::Response<Chunks>, HttpError>>>,
    requests: RefCell<Vec<http::Request<Bytes>>>,
    pauses: Option<RefCell<Vec<Duration>>>,
}

type Chunks = Vec<Result<Bytes, HttpError>>;

impl Script {
    /// A script without replies.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits when it is asked to, without taking the time; see [`Script::pauses`].
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.pauses = Some(RefCell::default());
        self
    }

    /// The pauses that were made.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        let pauses = self.pauses.as_ref();
        pauses.map(|it| it.borrow().clone()).unwrap_or_default()
    }

    /// Next reply: `status` and a text as its body, `application/json` when it begins like JSON.
    #[must_use]
    pub fn reply(self, status: u16, body: impl Into<String>) -> Self {
        let body = body.into();
        let kind = if body.starts_with(['{', '[']) {
            "application/json"
        } else {
            "text/plain"
        };
        self.reply_with(status, &[("content-type", kind)], body.into_bytes())
    }

    /// Next reply: with headers of its own.
    ///
    /// # Panics
    /// When status or headers are not HTTP's.
    #[must_use]
    pub fn reply_with(
        self,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Self {
        self.chunks(status, headers, vec![Ok(Bytes::from(body.into()))])
    }

    /// Next reply: the body comes in these pieces, the last of which may be an error.
    ///
    /// # Panics
    /// When status or headers are not HTTP's.
    #[must_use]
    #[allow(clippy::expect_used)] // Only tests come here, and for them it is the right end.
    pub fn chunks(
        self,
        status: u16,
        headers: &[(&str, &str)],
        chunks: Vec<Result<Bytes, HttpError>>,
    ) -> Self {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(chunks).expect("a reply of HTTP");
        self.replies.borrow_mut().push_back(Ok(response));
        self
    }

    /// Next: no reply.
    #[must_use]
    pub fn fail(self, error: HttpError) -> Self {
        self.replies.borrow_mut().push_back(Err(error));
        self
    }

    /// The requests so far, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.requests.borrow().clone()
    }

    /// The requests so far, each as text: `METHOD url`, the headers in order of their names, an
    /// empty line, the body. Without headers and body the line stands alone.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        self.requests.borrow().iter().map(write_down).collect()
    }

    /// How many replies are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.replies.borrow().len()
    }

    fn take(&self, request: http::Request<Bytes>) -> Result<http::Response<Chunks>, HttpError> {
        let line = format!("{} {}", request.method(), request.uri());
        self.requests.borrow_mut().push(request);
        let unasked = || HttpError::Unreachable(format!("the script has no reply to {line}"));
        self.replies
            .borrow_mut()
            .pop_front()
            .unwrap_or_else(|| Err(unasked()))
    }
}

impl Http for Script {
    type Body = futures::stream::Iter<std::vec::IntoIter<Result<Bytes, HttpError>>>;

    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let (head, chunks) = self.take(request)?.into_parts();
        let mut body = Vec::new();
        for chunk in chunks {
            body.extend_from_slice(&chunk?);
        }
        Ok(http::Response::from_parts(head, Bytes::from(body)))
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError> {
        Ok(self.take(request)?.map(futures::stream::iter))
    }

    async fn pause(&self, time: Duration) -> bool {
        let Some(pauses) = &self.pauses else {
            return false;
        };
        pauses.borrow_mut().push(time);
        true
    }
}

fn write_down(request: &http::Request<Bytes>) -> String {
    let mut text = format!("{} {}", request.method(), request.uri());
    let mut headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    headers.sort();
    for (name, value) in headers {
        let _ = write!(text, "\n{name}: {value}");
    }
    if !request.body().is_empty() {
        let _ = write!(text, "\n\n{}", String::from_utf8_lossy(request.body()));
    }
    text
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use futures::executor::block_on;

    use super::*;

    fn get(url: &str) -> http::Request<Bytes> {
        http::Request::get(url)
            .header("X-B", "2")
            .header("X-A", "1")
            .body(Bytes::new())
            .unwrap()
    }

    #[test]
    fn replies_come_in_order_and_requests_are_kept() {
        let script = Script::new().reply(200, "{}").fail(HttpError::TimedOut);
        let first = block_on(script.send(get("https://a.test/1"))).unwrap();
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers()["content-type"], "application/json");
        assert_eq!(
            block_on(script.send(get("https://a.test/2"))).unwrap_err(),
            HttpError::TimedOut
        );
        assert!(matches!(
            block_on(script.send(get("https://a.test/3"))),
            Err(HttpError::Unreachable(_))
        ));
        assert_eq!(
            script.written(),
            [
                "GET https://a.test/1\nx-a: 1\nx-b: 2",
                "GET https://a.test/2\nx-a: 1\nx-b: 2",
                "GET https://a.test/3\nx-a: 1\nx-b: 2",
            ]
        );
    }

    #[test]
    fn a_body_can_break_off() {
        let broken = HttpError::Broken("reset".to_owned());
        let pieces = || {
            vec![
                Ok(Bytes::from("ab")),
                Err(HttpError::Broken("reset".into())),
            ]
        };
        let script = Script::new()
            .chunks(200, &[], pieces())
            .chunks(200, &[], pieces());
        assert_eq!(
            block_on(script.send(get("https://a.test/"))).unwrap_err(),
            broken
        );
        let body = block_on(script.open(get("https://a.test/")))
            .unwrap()
            .into_body();
        let pieces: Vec<_> = block_on(body.collect());
        assert_eq!(pieces, [Ok(Bytes::from("ab")), Err(broken)]);
    }
}
