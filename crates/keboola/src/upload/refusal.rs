//! What a cloud storage's answer means when it is no success.

use std::time::Duration;

use thiserror::Error;

use super::Reply;

/// The longest code that is quoted, in bytes.
const LONGEST_CODE: usize = 64;

/// Why a request did not do what it was for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The credentials have expired.
    #[error("the credentials of the upload have expired")]
    Expired,
    /// The computer's clock is off by more than a signature allows.
    #[error("this computer's clock is wrong: the cloud storage refuses its signatures")]
    ClockSkew,
    /// It passes by itself.
    #[error("HTTP {status}: {code}")]
    Transient {
        /// HTTP status.
        status: u16,
        /// What the provider calls it.
        code: String,
        /// What it asked to wait.
        retry_after: Option<Duration>,
    },
    /// What was begun is not known any more.
    #[error("the cloud storage no longer knows this upload")]
    SessionLost,
    /// Other bytes arrived than were sent.
    #[error("other bytes arrived than were sent")]
    Mismatch,
    /// Everything else: the same request would be refused again.
    #[error("HTTP {status}: {code}")]
    Denied {
        /// HTTP status.
        status: u16,
        /// What the provider calls it.
        code: String,
    },
    /// An answer that the provider does not give.
    #[error("the cloud storage's answer was not understood: {0}")]
    Malformed(String),
}

impl Refusal {
    /// Reads an answer that is no success, or the error document of one that says 200.
    pub(super) fn of(reply: &Reply) -> Self {
        let status = reply.status;
        let code = code(reply);
        match code.as_str() {
            "ExpiredToken" | "TokenRefreshRequired" => return Self::Expired,
            // Azure says so of a SAS whose time is over (and of a broken one, which ours is not).
            "AuthenticationFailed" if status == 403 => return Self::Expired,
            "RequestTimeTooSkewed" | "RequestExpired" => return Self::ClockSkew,
            "NoSuchUpload" => return Self::SessionLost,
            "BadDigest"
            | "XAmzContentChecksumMismatch"
            | "InvalidDigest"
            | "Md5Mismatch"
            | "Crc64Mismatch" => return Self::Mismatch,
            _ => {}
        }
        let passing_code = matches!(
            code.as_str(),
            "InternalError"
                | "SlowDown"
                | "ServiceUnavailable"
                | "ServerBusy"
                | "RequestTimeout"
                | "OperationTimedOut"
        );
        if passing_code || matches!(status, 408 | 425 | 429 | 500 | 502..=504) {
            return Self::Transient {
                status,
                code: named(code),
                retry_after: retry_after(reply),
            };
        }
        Self::Denied {
            status,
            code: named(code),
        }
    }
}

fn named(code: String) -> String {
    if code.is_empty() {
        "no reason given".to_owned()
    } else {
        code
    }
}

/// The provider's word for it: `<Code>` of S3 and Azure, a header of Azure, `reason` of Google.
fn code(reply: &Reply) -> String {
    let xml = between(&reply.body, "<Code>", "</Code>");
    let found = xml
        .or_else(|| reply.header("x-ms-error-code"))
        .map(str::to_owned)
        .or_else(|| google_reason(&reply.body))
        .unwrap_or_default();
    let fits = found.len() <= LONGEST_CODE && found.chars().all(|sign| sign.is_ascii_graphic());
    if fits { found } else { String::new() }
}

fn google_reason(body: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    let error = json.get("error")?;
    error
        .pointer("/errors/0/reason")
        .or_else(|| error.get("status"))?
        .as_str()
        .map(str::to_owned)
}

/// What stands between two texts.
pub(super) fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    let (inside, _) = rest.split_once(end)?;
    Some(inside)
}

/// `Retry-After` in seconds; the other form, a date, is for people who come back tomorrow.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let seconds = reply.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        Reply {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn what_each_answer_means() {
        let xml = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        let transient = |status, code: &str, seconds: Option<u64>| Refusal::Transient {
            status,
            code: code.to_owned(),
            retry_after: seconds.map(Duration::from_secs),
        };
        let denied = |status, code: &str| Refusal::Denied {
            status,
            code: code.to_owned(),
        };
        for (status, headers, body, expected) in [
            (400, vec![], xml("ExpiredToken"), Refusal::Expired),
            (403, vec![], xml("RequestTimeTooSkewed"), Refusal::ClockSkew),
            (
                403,
                vec![],
                xml("AccessDenied"),
                denied(403, "AccessDenied"),
            ),
            (404, vec![], xml("NoSuchUpload"), Refusal::SessionLost),
            (400, vec![], xml("BadDigest"), Refusal::Mismatch),
            (
                403,
                vec![("x-ms-error-code", "AuthenticationFailed")],
                String::new(),
                Refusal::Expired,
            ),
            (
                200,
                vec![],
                xml("InternalError"),
                transient(200, "InternalError", None),
            ),
            (
                503,
                vec![("retry-after", "7")],
                xml("SlowDown"),
                transient(503, "SlowDown", Some(7)),
            ),
            (
                429,
                vec![("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")],
                String::new(),
                transient(429, "no reason given", None),
            ),
            (
                403,
                vec![],
                r#"{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}"#.to_owned(),
                denied(403, "forbidden"),
            ),
            (
                400,
                vec![],
                xml(&"x".repeat(65)),
                denied(400, "no reason given"),
            ),
            (
                501,
                vec![],
                "<html>".to_owned(),
                denied(501, "no reason given"),
            ),
        ] {
            assert_eq!(
                Refusal::of(&reply(status, &headers, &body)),
                expected,
                "{status} {body}"
            );
        }
    }
}
