//! Faults on order: a rule matches requests by host, path, query and method, and does its harm a
//! number of times. They live here, never in the product.

mod answer;
mod interrupted;

use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};

pub(crate) use answer::Dialect;
use interrupted::{Interrupted, Then};

use crate::glob;
use crate::sync::lock;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// 429.
    TooManyRequests,
    /// 500 without a reason.
    ServerError,
    /// 403 because a limit of the project is reached; the words are ours (UNVERIFIED).
    LimitReached,
    /// 503 with the maintenance body of Storage.
    Maintenance,
    /// 503 as the service says it when it is busy.
    Unavailable,
    /// 200, but the body is the service's error document, as S3 may end `CompleteMultipartUpload`.
    ErrorInOk,
    /// The connection ends: without an answer, or in the middle of one.
    Reset,
    /// The service does what it was asked to, and the connection ends without its answer.
    LostAnswer,
    /// Nothing more happens for `stall_ms`; then all goes on.
    Stall,
    /// The first byte of the request's body arrives with a bit changed.
    Corrupt,
    /// 200 with the request's own body: an encryption service that encrypts nothing.
    PlaintextBack,
    /// 409 of Storage: two versions of a configuration at the same instant.
    VersionConflict,
}

/// A rule. Absent patterns match everything.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRule {
    /// Host pattern with `*`.
    #[serde(default = "anything")]
    pub host: String,
    /// Path pattern with `*`, without the query.
    #[serde(default = "anything")]
    pub path: String,
    /// Pattern with `*` for the query as sent, without `?`.
    #[serde(default = "anything")]
    pub query: String,
    /// Method; absent for all.
    #[serde(default)]
    pub method: Option<String>,
    /// What happens.
    pub kind: FaultKind,
    /// Seconds in `Retry-After`; 1 when absent, no such header when null.
    #[serde(default = "a_second")]
    pub retry_after_s: Option<u32>,
    /// How long a stall lasts, in milliseconds; an hour when absent.
    #[serde(default = "an_hour_in_ms")]
    pub stall_ms: u64,
    /// The service gets this many bytes of the request's body before a reset or stall; absent for
    /// one before the service.
    #[serde(default)]
    pub accept_bytes: Option<u64>,
    /// The client gets this many bytes of the answer's body before a reset or stall.
    #[serde(default)]
    pub answer_bytes: Option<u64>,
    /// How many matching requests pass before the first is hit; 0 when absent.
    #[serde(default)]
    pub after: u32,
    /// How many requests it hits; 1 when absent.
    #[serde(default = "one")]
    pub times: u32,
}

fn anything() -> String {
    "*".to_owned()
}

fn one() -> u32 {
    1
}

fn a_second() -> Option<u32> {
    Some(1)
}

fn an_hour_in_ms() -> u64 {
    3_600_000
}

impl FaultRule {
    fn matches(&self, host: &str, request: &Parts) -> bool {
        let method = self.method.as_deref();
        method.is_none_or(|wanted| wanted.eq_ignore_ascii_case(request.method.as_str()))
            && glob::matches(&self.host, host)
            && glob::matches(&self.path, request.uri.path())
            && glob::matches(&self.query, request.uri.query().unwrap_or_default())
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<FaultRule>>);

impl Faults {
    pub(crate) fn add(&self, rule: FaultRule) {
        lock(&self.0).push(rule);
    }

    pub(crate) fn all(&self) -> Vec<FaultRule> {
        lock(&self.0).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The first rule that hits this request, counted down; a used-up rule is gone. Rules that let
    /// it pass count it, too.
    pub(crate) fn take(&self, host: &str, request: &Parts) -> Option<FaultRule> {
        let mut rules = lock(&self.0);
        let mut hit = None;
        for (at, rule) in rules.iter_mut().enumerate() {
            if !rule.matches(host, request) {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            rule.times = rule.times.saturating_sub(1);
            hit = Some((at, rule.clone()));
            break;
        }
        let (at, hit) = hit?;
        if hit.times == 0 {
            rules.remove(at);
        }
        Some(hit)
    }
}

/// How a rule turns out for one request.
pub(crate) enum Outcome {
    /// This is the answer.
    Answer(Response),
    /// The connection ends.
    Reset,
    /// The service is asked, with this body; its answer then goes through [`After::apply`].
    Serve(Body, After),
}

/// What becomes of the service's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing.
    Untouched,
    /// Nobody gets it.
    Lost,
    /// So many bytes of its body get through before it is interrupted.
    Interrupted { bytes: u64, then: Then },
}

impl After {
    /// The answer that the client gets; `None` when the connection ends.
    pub(crate) fn apply(self, answer: Response) -> Option<Response> {
        match self {
            Self::Untouched => Some(answer),
            Self::Lost => None,
            Self::Interrupted { bytes, then } => {
                Some(answer.map(|body| Body::new(Interrupted::new(body, bytes, then))))
            }
        }
    }
}

/// Begins to carry `rule` out on a request with this body.
pub(crate) async fn strike(rule: &FaultRule, dialect: Dialect, body: Body) -> Outcome {
    let stall = Duration::from_millis(rule.stall_ms);
    let interrupt = |then| match rule.answer_bytes {
        Some(bytes) => After::Interrupted { bytes, then },
        None if then == Then::Break => After::Lost,
        None => After::Untouched,
    };
    match (rule.kind, rule.accept_bytes) {
        (FaultKind::Corrupt, _) => Outcome::Serve(corrupted(body), After::Untouched),
        (FaultKind::PlaintextBack, _) => {
            let kind = [(CONTENT_TYPE, "application/json")];
            Outcome::Answer((kind, body).into_response())
        }
        (FaultKind::LostAnswer, _) => Outcome::Serve(body, After::Lost),
        (FaultKind::Reset, None) if rule.answer_bytes.is_none() => Outcome::Reset,
        (FaultKind::Reset, None) => Outcome::Serve(body, interrupt(Then::Break)),
        (FaultKind::Reset, Some(bytes)) => {
            let body = Body::new(Interrupted::new(body, bytes, Then::Break));
            Outcome::Serve(body, After::Lost)
        }
        (FaultKind::Stall, None) => {
            if rule.answer_bytes.is_none() {
                tokio::time::sleep(stall).await;
            }
            Outcome::Serve(body, interrupt(Then::Stall(stall)))
        }
        (FaultKind::Stall, Some(bytes)) => {
            let body = Body::new(Interrupted::new(body, bytes, Then::Stall(stall)));
            Outcome::Serve(body, interrupt(Then::Stall(stall)))
        }
        _ => Outcome::Answer(dialect.answer(rule)),
    }
}

/// The body with one bit changed.
fn corrupted(body: Body) -> Body {
    let mut is_first = true;
    Body::new(body.map_frame(move |frame| {
        frame.map_data(|bytes| {
            let mut bytes = Vec::from(bytes);
            if let Some(byte) = bytes.first_mut().filter(|_| is_first) {
                *byte ^= 1;
                is_first = false;
            }
            bytes.into()
        })
    }))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(method: &str, uri: &str) -> Parts {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        request.into_parts().0
    }

    #[test]
    fn a_rule_hits_as_often_as_it_says_and_only_what_it_names() {
        let rule = r#"{"host":"connection.*","path":"*/files/*","method":"post","query":"a=*",
                       "kind":"server_error","after":1,"times":2}"#;
        let faults = Faults::default();
        faults.add(serde_json::from_str(rule).unwrap());
        let host = "connection.keboola.com";
        for (method, asked, uri) in [
            ("GET", host, "/v2/storage/files/1?a=1"),
            ("POST", "api.e2b.app", "/v2/storage/files/1?a=1"),
            ("POST", host, "/v2/storage/files/prepare?b=1"),
            ("POST", host, "/v2/storage/files/prepare"),
        ] {
            assert!(faults.take(asked, &request(method, uri)).is_none(), "{uri}");
        }
        let hit = request("POST", "/v2/storage/files/prepare?a=1");
        let hits: Vec<bool> = (0..4).map(|_| faults.take(host, &hit).is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert!(faults.all().is_empty());
    }

    #[test]
    fn an_unknown_field_in_a_rule_is_refused_and_a_null_is_no_header() {
        assert!(serde_json::from_str::<FaultRule>(r#"{"kind":"reset","tiems":2}"#).is_err());
        let read = |text| {
            serde_json::from_str::<FaultRule>(text)
                .unwrap()
                .retry_after_s
        };
        assert_eq!(read(r#"{"kind":"unavailable"}"#), Some(1));
        assert_eq!(read(r#"{"kind":"unavailable","retry_after_s":null}"#), None);
    }
}
