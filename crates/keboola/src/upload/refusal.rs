//! What a cloud storage's answer means when it is no success.

use std::time::Duration;

use thiserror::Error;

use super::Reply;
use crate::retry_after;

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
    /// Only some of a part was kept; the rest of the file is sent from there.
    #[error("only the first {has} bytes of the file have arrived")]
    Partial {
        /// How many bytes of the file are there, from the first on.
        has: u64,
    },
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
            "AuthenticationFailed" if status == 403 && is_over(&reply.body) => {
                return Self::Expired;
            }
            "RequestTimeTooSkewed" | "RequestExpired" => return Self::ClockSkew,
            // A URL is signed just before it is sent, for an hour.
            "AccessDenied" if is_untimely(&reply.body) => return Self::ClockSkew,
            // Azure forgets blocks that were not made a blob within a week.
            "NoSuchUpload" | "InvalidBlockList" => return Self::SessionLost,
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
                | "rateLimitExceeded"
                | "userRateLimitExceeded"
        );
        // Not implemented, HTTP version not supported: these stay.
        let passing_status = match status {
            408 | 425 | 429 => true,
            501 | 505 => false,
            other => (500..600).contains(&other),
        };
        if passing_code || passing_status {
            return Self::transient(reply, code);
        }
        Self::Denied {
            status,
            code: named(code),
        }
    }

    pub(super) fn transient(reply: &Reply, code: String) -> Self {
        Self::Transient {
            status: reply.status,
            code: named(code),
            retry_after: reply
                .header("retry-after")
                .and_then(|text| retry_after::parse(text, reply.header("date"))),
        }
    }
}

/// Whether Azure refuses a signature because its time is over: it gives the same code to a broken
/// one, and says which in a detail, one text for a signature with a begin, one for those without.
/// Without any detail it is the likelier of the two.
fn is_over(body: &str) -> bool {
    let detail = between(
        body,
        "<AuthenticationErrorDetail>",
        "</AuthenticationErrorDetail>",
    );
    detail.is_none_or(|detail| {
        detail.contains("not valid in the specified time frame")
            || detail.contains("Signed expiry time")
    })
}

/// Whether S3 refuses a signed URL because of its date.
fn is_untimely(body: &str) -> bool {
    let message = between(body, "<Message>", "</Message>").unwrap_or_default();
    message.starts_with("Request has expired") || message.contains("not yet valid")
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

#[cfg(test)]
mod tests {
    use super::super::tests::reply;
    use super::*;

    #[test]
    fn what_each_answer_means() {
        let xml = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        let azure = |detail: &str| {
            format!(
                "<Error><Code>AuthenticationFailed</Code><Message>m</Message>\
                 <AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
            )
        };
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
                503,
                vec![
                    ("date", "Wed, 21 Oct 2026 07:27:00 GMT"),
                    ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                xml("ServerBusy"),
                transient(503, "ServerBusy", Some(60)),
            ),
            (
                403,
                vec![],
                azure("Signature not valid in the specified time frame: Start [a] - Expiry [b]"),
                Refusal::Expired,
            ),
            (
                403,
                vec![],
                azure("Signed expiry time [b] must be after signed start time [a]"),
                Refusal::Expired,
            ),
            (
                403,
                vec![],
                azure("Signature did not match. String to sign used was rwl"),
                denied(403, "AuthenticationFailed"),
            ),
            (
                403,
                vec![],
                "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
                    .to_owned(),
                Refusal::ClockSkew,
            ),
            (400, vec![], xml("Md5Mismatch"), Refusal::Mismatch),
            (400, vec![], xml("InvalidBlockList"), Refusal::SessionLost),
            (
                500,
                vec![("x-ms-error-code", "OperationTimedOut")],
                String::new(),
                transient(500, "OperationTimedOut", None),
            ),
            (
                403,
                vec![],
                r#"{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}"#.to_owned(),
                transient(403, "rateLimitExceeded", None),
            ),
            (
                520,
                vec![],
                String::new(),
                transient(520, "no reason given", None),
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
