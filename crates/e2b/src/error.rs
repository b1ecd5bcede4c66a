//! What the control plane may answer instead of what was asked (reference/e2b.md §2.5).

use std::time::Duration;

use http::StatusCode;
use thiserror::Error;
use transport::HttpError;

use crate::reply::{Refusal, retry_after};

/// Why a call of the control plane did not work. Texts hold the service's own words, never a page of
/// HTML and never a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum E2bError {
    /// No connection, or it broke before the reply was whole.
    /// In the carrier's words.
    #[error("e2b could not be reached: {0}")]
    Unreachable(String),
    /// No reply in time. A create may have happened all the same: look for it by its metadata.
    #[error("e2b gave no answer in time")]
    TimedOut,
    /// 401: the key is not known.
    #[error("e2b does not know this key")]
    InvalidKey,
    /// 403: the key is known, its team may not do this.
    #[error("e2b blocks this key: {message}")]
    Blocked {
        /// In e2b's words.
        message: String,
    },
    /// 404: no such sandbox, or it is another team's.
    #[error("not found: {message}")]
    NotFound {
        /// In e2b's words.
        message: String,
    },
    /// The template, or its tag, does not exist or is another team's.
    #[error("the template cannot be used: {message}")]
    TemplateMissing {
        /// In e2b's words.
        message: String,
    },
    /// 429 by the plan: too many sandboxes run at the same time.
    #[error("too many sandboxes: {message}")]
    TooManySandboxes {
        /// In e2b's words, with the plan's number.
        message: String,
    },
    /// 429 by the rate of calls.
    #[error("too many requests")]
    RateLimited {
        /// How long to wait, when e2b said so.
        retry_after: Option<Duration>,
    },
    /// The life asked for is longer than the plan allows.
    #[error("the sandbox may not live that long: {message}")]
    LifeTooLong {
        /// In e2b's words, with the plan's limit.
        message: String,
    },
    /// No capacity, or a fault that passes: 502, 503, 504. A create was refused as a whole.
    #[error("e2b is busy: {message}")]
    Busy {
        /// In e2b's words.
        message: String,
    },
    /// Any other refusal.
    #[error("e2b refused ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// In e2b's words.
        message: String,
        /// `error_code`, an open set.
        error_code: Option<String>,
    },
    /// The reply is not e2b's: a proxy's page, JSON of another shape.
    #[error("the reply is not e2b's: {what}")]
    UnexpectedReply {
        /// What came instead.
        what: String,
    },
}

impl E2bError {
    /// Whether the same call may work a little later. Says nothing of creates: those are looked for
    /// before they are repeated.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::TimedOut | Self::RateLimited { .. } | Self::Busy { .. }
        )
    }

    /// Why a reply with an error status was given.
    pub(crate) fn of_reply(reply: &http::Response<bytes::Bytes>) -> Self {
        let status = reply.status();
        let refusal = Refusal::read(reply.body());
        if refusal.code.as_deref().is_some_and(is_shortage) {
            return Self::Busy {
                message: refusal.message_or(phrase(status)),
            };
        }
        match status.as_u16() {
            400 if refusal.says("timeout cannot be greater") => Self::LifeTooLong {
                message: refusal.message,
            },
            401 => Self::InvalidKey,
            403 => Self::Blocked {
                message: refusal.message_or(phrase(status)),
            },
            404 => Self::NotFound {
                message: refusal.message_or(phrase(status)),
            },
            429 if refusal.says("maximum number of concurrent") => Self::TooManySandboxes {
                message: refusal.message,
            },
            429 => Self::RateLimited {
                retry_after: retry_after(reply.headers()),
            },
            502..=504 => Self::Busy {
                message: refusal.message_or(phrase(status)),
            },
            code => Self::Refused {
                status: code,
                error_code: refusal.code.clone(),
                message: refusal.message_or(phrase(status)),
            },
        }
    }

    /// The same, of a create: there a 404 is about the template, and so may a 400 or 403 be.
    pub(crate) fn of_create(reply: &http::Response<bytes::Bytes>) -> Self {
        let about_template = Refusal::read(reply.body()).says("template");
        match Self::of_reply(reply) {
            Self::NotFound { message } => Self::TemplateMissing { message },
            Self::Blocked { message }
            | Self::Refused {
                status: 400,
                message,
                ..
            } if about_template => Self::TemplateMissing { message },
            other => other,
        }
    }
}

impl From<HttpError> for E2bError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::TimedOut => Self::TimedOut,
            HttpError::Unreachable(message) | HttpError::Broken(message) => {
                Self::Unreachable(message)
            }
            HttpError::Aborted => Self::Unreachable(error.to_string()),
        }
    }
}

fn is_shortage(code: &str) -> bool {
    matches!(
        code,
        "sandbox_capacity_unavailable" | "sandbox_placement_timeout" | "sandbox_no_compatible_node"
    )
}

/// The status's own words, where the body has none.
pub(crate) fn phrase(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn reply(status: u16, body: &str) -> http::Response<Bytes> {
        http::Response::builder()
            .status(status)
            .header("retry-after", "7")
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    #[test]
    fn refusals_are_told_apart() {
        let text = str::to_owned;
        for (status, body, error) in [
            (
                400,
                r#"{"code":400,"message":"Timeout cannot be greater than 1 hours"}"#,
                E2bError::LifeTooLong {
                    message: text("Timeout cannot be greater than 1 hours"),
                },
            ),
            (
                401,
                r#"{"code":401,"message":"Invalid API key, please visit"}"#,
                E2bError::InvalidKey,
            ),
            (401, "<html>log in</html>", E2bError::InvalidKey),
            (
                403,
                r#"{"code":403,"message":"Team is blocked"}"#,
                E2bError::Blocked {
                    message: text("Team is blocked"),
                },
            ),
            (
                404,
                "",
                E2bError::NotFound {
                    message: text("Not Found"),
                },
            ),
            (
                429,
                r#"{"message":"you have reached the maximum number of concurrent E2B sandboxes (20)"}"#,
                E2bError::TooManySandboxes {
                    message: text(
                        "you have reached the maximum number of concurrent E2B sandboxes (20)",
                    ),
                },
            ),
            (
                429,
                r#"{"code":429,"message":"Rate limit exceeded"}"#,
                E2bError::RateLimited {
                    retry_after: Some(Duration::from_secs(7)),
                },
            ),
            (
                503,
                "<html>x</html>",
                E2bError::Busy {
                    message: text("Service Unavailable"),
                },
            ),
            (
                500,
                r#"{"code":500,"message":"none left","error_code":"sandbox_capacity_unavailable"}"#,
                E2bError::Busy {
                    message: text("none left"),
                },
            ),
            (
                409,
                r#"{"code":409,"message":"not running","error_code":"x"}"#,
                E2bError::Refused {
                    status: 409,
                    message: text("not running"),
                    error_code: Some(text("x")),
                },
            ),
            (
                500,
                "<html><b>stack trace</b></html>",
                E2bError::Refused {
                    status: 500,
                    message: text("Internal Server Error"),
                    error_code: None,
                },
            ),
        ] {
            assert_eq!(
                E2bError::of_reply(&reply(status, body)),
                error,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_create_is_refused_for_its_template() {
        for (status, message) in [
            (404, "template 'x' not found"),
            (404, "tag 'y' does not exist"),
            (403, "Team does not have access to the template"),
            (400, "Template or Checkpoint not found"),
            (400, "Invalid template reference"),
        ] {
            let body = format!(r#"{{"message":"{message}"}}"#);
            assert_eq!(
                E2bError::of_create(&reply(status, &body)),
                E2bError::TemplateMissing {
                    message: message.to_owned()
                },
            );
        }
        assert_eq!(
            E2bError::of_create(&reply(403, r#"{"message":"Team is blocked"}"#)),
            E2bError::Blocked {
                message: "Team is blocked".to_owned()
            },
        );
    }

    #[test]
    fn only_what_passes_is_transient() {
        assert!(E2bError::TimedOut.is_transient());
        assert!(E2bError::of_reply(&reply(503, "")).is_transient());
        assert!(!E2bError::InvalidKey.is_transient());
        assert!(!E2bError::of_reply(&reply(500, "")).is_transient());
    }
}
