//! What envd, or the proxy before it, may answer instead (reference/e2b.md §3.5, §3.6).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use thiserror::Error;
use transport::HttpError;

use crate::connect::{FrameError, StreamError};
use crate::error::phrase;
use crate::reply::{Refusal, retry_after};

/// Why a call of a sandbox's envd did not work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EnvdError {
    /// No connection to the sandbox's host.
    /// In the carrier's words.
    #[error("the sandbox could not be reached: {0}")]
    Unreachable(String),
    /// No reply in time.
    #[error("the sandbox gave no answer in time")]
    TimedOut,
    /// The sandbox is gone: its life ended, or somebody ended it.
    #[error("the sandbox is gone")]
    SandboxGone,
    /// The sandbox runs, envd does not listen yet. Right after a create that passes in moments.
    #[error("the sandbox does not listen yet")]
    PortNotOpen,
    /// The token is not this sandbox's, or the user does not exist in it.
    #[error("the sandbox does not accept its token or the user: {message}")]
    Unauthorized {
        /// In envd's words.
        message: String,
    },
    /// No such file, process or folder.
    #[error("not found: {message}")]
    NotFound {
        /// In envd's words.
        message: String,
    },
    /// It exists already.
    #[error("exists already: {message}")]
    AlreadyExists {
        /// In envd's words.
        message: String,
    },
    /// The sandbox's disk is full.
    #[error("the sandbox's disk is full: {message}")]
    NoSpace {
        /// In envd's words.
        message: String,
    },
    /// envd does not take the request.
    #[error("the sandbox refused the request: {message}")]
    Invalid {
        /// In envd's words.
        message: String,
    },
    /// Too many calls or connections.
    #[error("too many requests to the sandbox: {message}")]
    RateLimited {
        /// In the service's words.
        message: String,
        /// How long to wait, when the service said so.
        retry_after: Option<Duration>,
    },
    /// A state that passes: starting, moving, frozen, out of processes or memory, a proxy's fault.
    #[error("the sandbox is not available now: {message}")]
    Unavailable {
        /// In the service's words.
        message: String,
        /// How long to wait, when the service said so.
        retry_after: Option<Duration>,
    },
    /// A stream broke before its end. The process goes on; nothing that it wrote meanwhile comes
    /// again.
    #[error("the connection to the sandbox broke: {0}")]
    Dropped(String),
    /// Any other refusal.
    #[error("the sandbox refused ({status}): {message}")]
    Refused {
        /// HTTP status, or Connect's code.
        status: String,
        /// In envd's words.
        message: String,
    },
    /// The reply is not envd's.
    #[error("the reply is not the sandbox's: {what}")]
    UnexpectedReply {
        /// What came instead.
        what: String,
    },
}

impl EnvdError {
    /// Whether the same call may work in moments.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut
                | Self::PortNotOpen
                | Self::RateLimited { .. }
                | Self::Unavailable { .. }
                | Self::Dropped(_)
        )
    }

    /// How long to wait before the same call, when the service said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// Why a reply with an error status was given. Connect's word, where there is one, tells more
    /// than the status.
    pub(crate) fn of_reply(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Self {
        let refusal = Refusal::read(body);
        if status == StatusCode::BAD_GATEWAY {
            return match () {
                () if refusal.says("port is not open") => Self::PortNotOpen,
                () if refusal.says("not found") => Self::SandboxGone,
                () => Self::Unavailable {
                    message: refusal.message_or(phrase(status)),
                    retry_after: retry_after(headers),
                },
            };
        }
        let word = refusal.code.clone().unwrap_or_default();
        let message = refusal.message_or(phrase(status));
        match Self::of_code(&word, message.clone()) {
            Some(Self::Unavailable { message, .. }) => {
                return Self::Unavailable {
                    message,
                    retry_after: retry_after(headers),
                };
            }
            Some(error) => return error,
            None => {}
        }
        match status.as_u16() {
            400 => Self::Invalid { message },
            401 => Self::Unauthorized { message },
            404 => Self::NotFound { message },
            429 => Self::RateLimited {
                message,
                retry_after: retry_after(headers),
            },
            409 | 503 | 504 => Self::Unavailable {
                message,
                retry_after: retry_after(headers),
            },
            507 => Self::NoSpace { message },
            _ if is_full(&message) => Self::NoSpace { message },
            code => Self::Refused {
                status: code.to_string(),
                message,
            },
        }
    }

    /// What one of Connect's codes means here; `None` for those that say no more than the status.
    fn of_code(code: &str, message: String) -> Option<Self> {
        Some(match code {
            _ if !code.is_empty() && is_full(&message) => Self::NoSpace { message },
            "invalid_argument" | "failed_precondition" | "out_of_range" => {
                Self::Invalid { message }
            }
            "unauthenticated" => Self::Unauthorized { message },
            "not_found" => Self::NotFound { message },
            "already_exists" => Self::AlreadyExists { message },
            "resource_exhausted" | "unavailable" | "aborted" => Self::Unavailable {
                message,
                retry_after: None,
            },
            "deadline_exceeded" => Self::TimedOut,
            _ => return None,
        })
    }
}

impl From<HttpError> for EnvdError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::TimedOut => Self::TimedOut,
            HttpError::Unreachable(message) => Self::Unreachable(message),
            HttpError::Broken(message) => Self::Dropped(message),
            HttpError::Aborted => Self::Dropped(error.to_string()),
        }
    }
}

impl From<StreamError> for EnvdError {
    fn from(error: StreamError) -> Self {
        let StreamError { code, message } = error;
        Self::of_code(&code, message.clone()).unwrap_or(Self::Refused {
            status: code,
            message,
        })
    }
}

impl From<FrameError> for EnvdError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Dropped => Self::Dropped(error.to_string()),
            _ => Self::UnexpectedReply {
                what: error.to_string(),
            },
        }
    }
}

fn is_full(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("no space left") || message.contains("not enough disk space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> EnvdError {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "2".parse().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        EnvdError::of_reply(status, &headers, &Bytes::from(body.to_owned()))
    }

    #[test]
    fn answers_of_proxy_and_envd_are_told_apart() {
        let text = str::to_owned;
        for (status, body, expected) in [
            (
                502,
                r#"{"sandboxId":"i","message":"The sandbox was not found","code":502}"#,
                EnvdError::SandboxGone,
            ),
            (
                502,
                r#"{"sandboxId":"i","message":"The sandbox is running but port is not open","port":1,"code":502}"#,
                EnvdError::PortNotOpen,
            ),
            (
                502,
                "<html>not found</html>",
                EnvdError::Unavailable {
                    message: text("Bad Gateway"),
                    retry_after: Some(Duration::from_secs(2)),
                },
            ),
            (
                401,
                r#"{"code":401,"message":"unauthorized access"}"#,
                EnvdError::Unauthorized {
                    message: text("unauthorized access"),
                },
            ),
            (
                404,
                r#"{"code":"not_found","message":"process"}"#,
                EnvdError::NotFound {
                    message: text("process"),
                },
            ),
            (
                404,
                r#"{"code":404,"message":"path '/x' does not exist"}"#,
                EnvdError::NotFound {
                    message: text("path '/x' does not exist"),
                },
            ),
            (
                400,
                r#"{"code":"invalid_argument","message":"cwd"}"#,
                EnvdError::Invalid {
                    message: text("cwd"),
                },
            ),
            (
                409,
                r#"{"code":"already_exists","message":"d"}"#,
                EnvdError::AlreadyExists { message: text("d") },
            ),
            (
                409,
                r#"{"code":409,"message":"transitioning"}"#,
                EnvdError::Unavailable {
                    message: text("transitioning"),
                    retry_after: Some(Duration::from_secs(2)),
                },
            ),
            (
                503,
                r#"{"code":"unavailable","message":"frozen"}"#,
                EnvdError::Unavailable {
                    message: text("frozen"),
                    retry_after: Some(Duration::from_secs(2)),
                },
            ),
            (
                429,
                r#"{"message":"team limit"}"#,
                EnvdError::RateLimited {
                    message: text("team limit"),
                    retry_after: Some(Duration::from_secs(2)),
                },
            ),
            (
                507,
                r#"{"message":"not enough disk space available"}"#,
                EnvdError::NoSpace {
                    message: text("not enough disk space available"),
                },
            ),
            (
                500,
                r#"{"message":"write /x: no space left on device"}"#,
                EnvdError::NoSpace {
                    message: text("write /x: no space left on device"),
                },
            ),
            (
                500,
                r#"{"code":"internal","message":"mkdir: no space left on device"}"#,
                EnvdError::NoSpace {
                    message: text("mkdir: no space left on device"),
                },
            ),
            (
                500,
                "",
                EnvdError::Refused {
                    status: text("500"),
                    message: text("Internal Server Error"),
                },
            ),
            (
                403,
                r#"{"message":"traffic token"}"#,
                EnvdError::Refused {
                    status: text("403"),
                    message: text("traffic token"),
                },
            ),
        ] {
            assert_eq!(error(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_end_of_a_stream_has_the_same_words() {
        let end = |code: &str| {
            EnvdError::from(StreamError {
                code: code.into(),
                message: "m".into(),
            })
        };
        assert_eq!(
            end("not_found"),
            EnvdError::NotFound {
                message: "m".into()
            }
        );
        assert_eq!(
            end("unavailable"),
            EnvdError::Unavailable {
                message: "m".into(),
                retry_after: None,
            }
        );
        assert_eq!(
            end("internal"),
            EnvdError::Refused {
                status: "internal".into(),
                message: "m".into()
            }
        );
        assert!(EnvdError::from(FrameError::Dropped).is_transient());
        assert!(!EnvdError::from(FrameError::Compressed).is_transient());
    }
}
