//! Faults on order: a rule matches requests by host, path and method, and answers in the service's
//! stead a number of times. They live here, never in the product.

use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::glob;
use crate::random::exception_id;
use crate::sync::lock;

/// What happens instead of the service's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// 429, with `Retry-After`.
    TooManyRequests,
    /// 500 without a reason.
    ServerError,
    /// 503 with the maintenance body of Storage and `Retry-After`.
    Maintenance,
    /// 503 without a body, with `Retry-After`.
    Unavailable,
    /// The connection ends without an answer.
    Reset,
    /// The answer waits for `stall_ms`, then the service gives its own.
    Stall,
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
    /// Method; absent for all.
    #[serde(default)]
    pub method: Option<String>,
    /// What happens.
    pub kind: FaultKind,
    /// Seconds in `Retry-After`; 1 when absent.
    #[serde(default = "one")]
    pub retry_after_s: u32,
    /// How long a stall lasts, in milliseconds; an hour when absent.
    #[serde(default = "an_hour_in_ms")]
    pub stall_ms: u64,
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

fn an_hour_in_ms() -> u64 {
    3_600_000
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

    /// The first rule for this request, counted down; a used-up rule is gone.
    pub(crate) fn take(&self, method: &str, host: &str, path: &str) -> Option<FaultRule> {
        let mut rules = lock(&self.0);
        let at = rules.iter().position(|rule| {
            rule.method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && glob::matches(&rule.host, host)
                && glob::matches(&rule.path, path)
        })?;
        let rule = rules.get_mut(at)?;
        let hit = rule.clone();
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            rules.remove(at);
        }
        Some(hit)
    }
}

/// How a rule turns out for one request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// This is the answer.
    Answer(Box<Response>),
    /// The connection ends.
    Reset,
    /// The service answers after all.
    GoOn,
}

/// Carries `rule` out.
pub(crate) async fn inflict(rule: &FaultRule) -> Outcome {
    let (status, body) = match rule.kind {
        FaultKind::Reset => return Outcome::Reset,
        FaultKind::Stall => {
            tokio::time::sleep(Duration::from_millis(rule.stall_ms)).await;
            return Outcome::GoOn;
        }
        FaultKind::TooManyRequests => (
            StatusCode::TOO_MANY_REQUESTS,
            json!({"error": "Too many requests", "code": "tooManyRequests", "exceptionId": exception_id()})
                .to_string(),
        ),
        FaultKind::ServerError => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({"error": "Application error", "code": "internalError", "exceptionId": exception_id()})
                .to_string(),
        ),
        FaultKind::Maintenance => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({"status": "maintenance", "estimatedEndTime": null, "reason": "Planned maintenance"})
                .to_string(),
        ),
        FaultKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    if status != StatusCode::INTERNAL_SERVER_ERROR {
        response = response.header("retry-after", rule.retry_after_s);
    }
    match response.body(Body::from(body)) {
        Ok(response) => Outcome::Answer(Box::new(response)),
        Err(_) => Outcome::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_hits_as_often_as_it_says_and_only_what_it_names() {
        let rule = r#"{"host":"connection.*","path":"*/files/*","method":"post","kind":"server_error","times":2}"#;
        let faults = Faults::default();
        faults.add(serde_json::from_str(rule).unwrap());
        let host = "connection.keboola.com";
        assert!(faults.take("GET", host, "/v2/storage/files/1").is_none());
        assert!(
            faults
                .take("POST", "api.e2b.app", "/v2/storage/files/1")
                .is_none()
        );
        assert!(
            faults
                .take("POST", host, "/v2/storage/files/prepare")
                .is_some()
        );
        assert!(
            faults
                .take("POST", host, "/v2/storage/files/prepare")
                .is_some()
        );
        assert!(
            faults
                .take("POST", host, "/v2/storage/files/prepare")
                .is_none()
        );
    }

    #[test]
    fn an_unknown_field_in_a_rule_is_refused() {
        assert!(serde_json::from_str::<FaultRule>(r#"{"kind":"reset","tiems":2}"#).is_err());
    }
}
