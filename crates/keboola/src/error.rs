//! Why Keboola did not do it, read from its three shapes of error (reference §2.2).

use std::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use thiserror::Error;
use transport::HttpError;

use crate::token::StorageToken;

/// A call to Keboola did not work. No text in it holds the token of the call.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeboolaError {
    /// There was no answer, or it broke off; in the carrier's words.
    #[error("Keboola could not be reached: {0}")]
    Unreachable(String),
    /// There was no answer in time.
    #[error("Keboola did not answer in time")]
    TimedOut,
    /// 401: the token is not known, expired or disabled.
    #[error("Keboola does not accept the token")]
    Unauthorized,
    /// 403: the token is known and may not do this.
    #[error("the token has no right to do this: {message}")]
    Forbidden {
        /// Keboola's words.
        message: String,
    },
    /// 404.
    #[error("not found: {message}")]
    NotFound {
        /// Keboola's words.
        message: String,
        /// Its code, for example `storage.tables.notFound`.
        code: Option<String>,
    },
    /// 503 of a stack under maintenance.
    #[error("the stack is under maintenance")]
    Maintenance {
        /// Keboola's estimate of the end, as it wrote it.
        until: Option<String>,
        /// Keboola's reason.
        reason: Option<String>,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// 429.
    #[error("Keboola asks to send fewer requests")]
    RateLimited {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Every other answer that is not a success.
    #[error("Keboola answered {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Keboola's words.
        message: String,
        /// Its code, a text of Storage or a number of the other services.
        code: Option<String>,
        /// What Keboola's support finds the error by.
        exception_id: Option<String>,
        /// How long it asks to wait, on a 5xx.
        retry_after: Option<Duration>,
    },
    /// A success whose body is not what it should be.
    #[error("Keboola's answer was not understood: {what}")]
    UnexpectedReply {
        /// What was asked for and what is wrong about the answer; never a value from it.
        what: String,
    },
}

/// Longest message that is kept; a proxy's error page is longer.
const LONGEST_MESSAGE: usize = 600;

impl KeboolaError {
    /// Reads a reply that is not a success.
    pub(crate) fn from_reply(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        token: Option<&StorageToken>,
    ) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| words(json.get(name)?).map(|text| scrub(text, token));
        let message = || {
            field("error")
                .or_else(|| field("message"))
                .or_else(|| status.canonical_reason().map(str::to_owned))
                .unwrap_or_else(|| "no reason given".to_owned())
        };
        let retry_after = retry_after(headers);
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden { message: message() },
            StatusCode::NOT_FOUND => Self::NotFound {
                message: message(),
                code: field("code"),
            },
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            StatusCode::SERVICE_UNAVAILABLE
                if json.get("status").and_then(Value::as_str) == Some("maintenance") =>
            {
                Self::Maintenance {
                    until: field("estimatedEndTime"),
                    reason: field("reason"),
                    retry_after,
                }
            }
            _ => Self::Refused {
                status: status.as_u16(),
                message: message(),
                code: field("code"),
                exception_id: field("exceptionId"),
                retry_after,
            },
        }
    }

    pub(crate) fn unexpected(what: impl Into<String>) -> Self {
        Self::UnexpectedReply { what: what.into() }
    }
}

impl From<HttpError> for KeboolaError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::TimedOut => Self::TimedOut,
            HttpError::Unreachable(words) => Self::Unreachable(words),
            HttpError::Aborted => Self::Unreachable("the request was aborted".to_owned()),
            HttpError::Broken(words) => Self::Unreachable(format!("the connection broke: {words}")),
        }
    }
}

/// A text or a number as text, cut where it is too long for a message.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.chars().take(LONGEST_MESSAGE).collect()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An error text may quote the request; the token must not leave by that way.
fn scrub(text: String, token: Option<&StorageToken>) -> String {
    match token {
        Some(token) => text.replace(token.expose(), "(token)"),
        None => text,
    }
}

/// `Retry-After` in seconds, or as a date, which is measured against the server's own clock: the
/// reply's `Date`.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|at| at.timestamp())
    };
    let now = instant(headers.get(DATE)?.to_str().ok()?)?;
    let seconds = instant(text)?.duration_since(now).as_secs();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
