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
    /// No reply in time.
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
    /// 404 to a call that names nothing that could be missing: this is not the address of an API.
    #[error("no e2b API at this address: {message}")]
    NoApi {
        /// In its words.
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
    #[error("too many requests{}", wait_words(*retry_after))]
    RateLimited {
        /// How long to wait, when e2b said so.
        retry_after: Option<Duration>,
    },
    /// The life asked for is none that the service allows; usually longer than the plan's.
    #[error("the sandbox may not live that long: {message}")]
    LifeTooLong {
        /// In e2b's words, with the plan's limit.
        message: String,
    },
    /// The service has no room, and says so itself: nothing was made.
    #[error("e2b has no capacity: {message}")]
    NoCapacity {
        /// In e2b's words.
        message: String,
    },
    /// A fault that passes, such as 502, 503, 504: of the service, or of a proxy before it that gave
    /// up while the service goes on.
    #[error("e2b is busy: {message}")]
    Busy {
        /// In e2b's words, or the status's own.
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
    /// A create was answered with what nobody may be led to, such as a domain with a path in it. The
    /// sandbox was ended.
    #[error("the service made a sandbox that cannot be used: {what}")]
    Unusable {
        /// What is wrong with it.
        what: String,
    },
}

impl E2bError {
    /// Whether a call may have been carried out all the same. A create is then looked for by its
    /// metadata before another one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut
                | Self::Busy { .. }
                | Self::UnexpectedReply { .. }
        )
    }

    /// Whether the same call may work a little later. Says nothing of creates: those are looked for
    /// before they are repeated.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut
                | Self::RateLimited { .. }
                | Self::NoCapacity { .. }
                | Self::Busy { .. }
        )
    }

    /// Whether a service that was asked for something that is there has no such call.
    #[must_use]
    pub fn is_no_such_call(&self) -> bool {
        matches!(
            self,
            Self::NotFound { .. }
                | Self::NoApi { .. }
                | Self::Refused {
                    status: 405 | 501,
                    ..
                }
        )
    }

    /// Why a reply with an error status was given.
    pub(crate) fn of_reply(reply: &http::Response<bytes::Bytes>) -> Self {
        let status = reply.status();
        let refusal = Refusal::read(reply.body());
        let has_code = refusal.code.is_some();
        if refusal.code.as_deref().is_some_and(is_shortage) {
            return Self::NoCapacity {
                message: refusal.message_or(phrase(status)),
            };
        }
        if (status.is_client_error() || status.is_server_error())
            && LIFE_WORDS.iter().any(|words| refusal.says(words))
        {
            return Self::LifeTooLong {
                message: refusal.message,
            };
        }
        match status.as_u16() {
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
            503 | 504 if has_code => Self::NoCapacity {
                message: refusal.message_or(phrase(status)),
            },
            // The last are Cloudflare's own.
            502..=504 | 520..=530 => Self::Busy {
                message: refusal.message_or(phrase(status)),
            },
            code => Self::Refused {
                status: code,
                error_code: refusal.code.clone(),
                message: refusal.message_or(phrase(status)),
            },
        }
    }

    /// The same, of a call that names no sandbox: a 404 means that there is no API.
    pub(crate) fn of_collection(reply: &http::Response<bytes::Bytes>) -> Self {
        match Self::of_reply(reply) {
            Self::NotFound { message } => Self::NoApi { message },
            other => other,
        }
    }

    /// The same, of a create: a 404 may be about the template, and so may a 400 or 403 be.
    pub(crate) fn of_create(reply: &http::Response<bytes::Bytes>) -> Self {
        let refusal = Refusal::read(reply.body());
        let about_template = ["template", "tag '", "tag \""]
            .iter()
            .any(|word| refusal.says(word));
        match Self::of_collection(reply) {
            Self::NoApi { message }
            | Self::Blocked { message }
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

/// Words by which services refuse a life: E2B's at a create, OpenKruise's, and E2B's when a sandbox
/// has lived for as long as the plan allows.
const LIFE_WORDS: [&str; 3] = [
    "timeout cannot be greater",
    "timeout should between",
    "maximum allowed uptime",
];

fn wait_words(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| {
        format!("; it asks to wait {} s", wait.as_secs())
    })
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
                E2bError::NoCapacity {
                    message: text("none left"),
                },
            ),
            (
                504,
                r#"{"code":504,"message":"no place","error_code":"sandbox_placement_timeout"}"#,
                E2bError::NoCapacity {
                    message: text("no place"),
                },
            ),
            (
                524,
                "<html>A timeout occurred</html>",
                E2bError::Busy {
                    message: text("no reason given"),
                },
            ),
            (
                400,
                r#"{"code":400,"message":"timeout should between 30 and 2592000"}"#,
                E2bError::LifeTooLong {
                    message: text("timeout should between 30 and 2592000"),
                },
            ),
            (
                500,
                r#"{"code":500,"message":"timeout should between 30 and 2592000"}"#,
                E2bError::LifeTooLong {
                    message: text("timeout should between 30 and 2592000"),
                },
            ),
            (
                400,
                r#"{"code":400,"message":"Sandbox has reached maximum allowed uptime"}"#,
                E2bError::LifeTooLong {
                    message: text("Sandbox has reached maximum allowed uptime"),
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
        for body in [
            "404 page not found",
            r#"{"code":404,"message":"no matching operation was found"}"#,
            "<html></html>",
        ] {
            let error = E2bError::of_create(&reply(404, body));
            assert!(matches!(error, E2bError::NoApi { .. }), "{body}: {error}");
        }
    }

    #[test]
    fn only_what_the_service_itself_refused_was_surely_not_carried_out() {
        for (error, open) in [
            (E2bError::TimedOut, true),
            (E2bError::Unreachable("reset".into()), true),
            (E2bError::of_reply(&reply(502, "<html></html>")), true),
            (E2bError::of_reply(&reply(504, "upstream timeout")), true),
            (
                E2bError::of_reply(&reply(
                    503,
                    r#"{"code":503,"message":"none","error_code":"sandbox_no_compatible_node"}"#,
                )),
                false,
            ),
            (E2bError::of_reply(&reply(429, "")), false),
            (E2bError::of_reply(&reply(500, "{}")), false),
            (
                E2bError::UnexpectedReply {
                    what: "an HTML page".into(),
                },
                true,
            ),
            (E2bError::Unusable { what: "x".into() }, false),
        ] {
            assert_eq!(error.is_open(), open, "{error}");
        }
    }

    #[test]
    fn a_call_that_is_not_there_is_told_from_one_that_failed() {
        for (status, absent) in [
            (404, true),
            (405, true),
            (501, true),
            (429, false),
            (503, false),
        ] {
            let error = E2bError::of_reply(&reply(status, ""));
            assert_eq!(error.is_no_such_call(), absent, "{status}");
        }
        assert!(!E2bError::TimedOut.is_no_such_call());
    }

    #[test]
    fn how_long_to_wait_is_told() {
        assert_eq!(
            E2bError::of_reply(&reply(429, "")).to_string(),
            "too many requests; it asks to wait 7 s"
        );
        assert_eq!(
            E2bError::RateLimited { retry_after: None }.to_string(),
            "too many requests"
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
