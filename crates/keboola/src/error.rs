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

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    crate::retry_after::parse(text(RETRY_AFTER)?, text(DATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, headers: &[(&'static str, &str)], body: &str) -> KeboolaError {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let token = StorageToken::parse("33-555-abcdef1234").unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        KeboolaError::from_reply(status, &map, body.as_bytes(), Some(&token))
    }

    #[test]
    fn each_shape_of_error_is_read() {
        let seconds = |n| Some(Duration::from_secs(n));
        for (status, headers, body, error) in [
            (
                401,
                &[][..],
                r#"{"error":"Invalid access token","code":"storage.tokenInvalid","exceptionId":"exception-1"}"#,
                KeboolaError::Unauthorized,
            ),
            (
                403,
                &[],
                r#"{"error":"You don't have access to the resource.","code":"accessDenied"}"#,
                KeboolaError::Forbidden {
                    message: "You don't have access to the resource.".to_owned(),
                },
            ),
            (
                404,
                &[],
                r#"{"error":"The table \"in.c-a.b\" was not found","code":"storage.tables.notFound"}"#,
                KeboolaError::NotFound {
                    message: "The table \"in.c-a.b\" was not found".to_owned(),
                    code: Some("storage.tables.notFound".to_owned()),
                },
            ),
            (
                429,
                &[("retry-after", "12")],
                "",
                KeboolaError::RateLimited {
                    retry_after: seconds(12),
                },
            ),
            (
                503,
                &[("retry-after", "600")],
                r#"{"status":"maintenance","estimatedEndTime":"2026-03-14T16:00:00+0000","reason":"Upgrade"}"#,
                KeboolaError::Maintenance {
                    until: Some("2026-03-14T16:00:00+0000".to_owned()),
                    reason: Some("Upgrade".to_owned()),
                    retry_after: seconds(600),
                },
            ),
            (
                503,
                &[],
                "<html>no upstream</html>",
                KeboolaError::Refused {
                    status: 503,
                    message: "Service Unavailable".to_owned(),
                    code: None,
                    exception_id: None,
                    retry_after: None,
                },
            ),
            (
                422,
                &[],
                r#"{"error":"bad value","code":422,"exceptionId":"job-2"}"#,
                KeboolaError::Refused {
                    status: 422,
                    message: "bad value".to_owned(),
                    code: Some("422".to_owned()),
                    exception_id: Some("job-2".to_owned()),
                    retry_after: None,
                },
            ),
        ] {
            assert_eq!(read(status, headers, body), error, "{status} {body}");
        }
    }

    #[test]
    fn a_wait_until_a_date_is_measured_by_the_server_s_clock() {
        let date = ("date", "Sat, 14 Mar 2026 15:09:26 GMT");
        for (headers, wait) in [
            (
                vec![date, ("retry-after", "Sat, 14 Mar 2026 15:10:26 GMT")],
                Some(60),
            ),
            (
                vec![date, ("retry-after", "Sat, 14 Mar 2026 15:00:00 GMT")],
                Some(0),
            ),
            (vec![("retry-after", "Sat, 14 Mar 2026 15:10:26 GMT")], None),
            (vec![date, ("retry-after", "soon")], None),
            (vec![date], None),
        ] {
            let expected = KeboolaError::RateLimited {
                retry_after: wait.map(Duration::from_secs),
            };
            assert_eq!(read(429, &headers, ""), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_message_that_quotes_the_token_does_not_carry_it_on() {
        let body = r#"{"error":"Token 33-555-abcdef1234 may not","code":"33-555-abcdef1234"}"#;
        for status in [403, 404, 400, 500] {
            let error = read(status, &[], body);
            assert!(
                !format!("{error} {error:?}").contains("abcdef"),
                "{error:?}"
            );
            assert!(
                error.to_string().contains("Token (token) may not"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_endless_message_is_cut() {
        let body = format!(r#"{{"error":"{}"}}"#, "é".repeat(5000));
        let KeboolaError::Refused { message, .. } = read(400, &[], &body) else {
            panic!("another error");
        };
        assert_eq!(message.chars().count(), LONGEST_MESSAGE);
    }

    #[test]
    fn what_the_carrier_says_stays_told_apart() {
        assert_eq!(
            KeboolaError::from(HttpError::TimedOut),
            KeboolaError::TimedOut
        );
        let broken = KeboolaError::from(HttpError::Broken("reset".to_owned()));
        assert_eq!(
            broken.to_string(),
            "Keboola could not be reached: the connection broke: reset"
        );
    }
}
