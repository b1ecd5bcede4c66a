//! Refusals, as the XML API and the JSON API word them, and the few that come as bare text.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::ACCOUNT;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// `Code` of the XML API.
    code: &'static str,
    /// `reason` of the JSON API.
    reason: &'static str,
    message: String,
    details: Option<String>,
    is_text: bool,
}

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            reason,
            message: message.into(),
            details: None,
            is_text: false,
        }
    }

    fn detailed(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// A refusal that the JSON API gives as bare text: of a resumable session.
    pub(super) fn text(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            is_text: true,
            ..Self::new(status, "InvalidArgument", "invalid", message)
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "invalid",
            message,
        )
    }

    /// 401: a token that is unknown, or has expired.
    pub(super) fn invalid_token() -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(
            status,
            "AuthenticationRequired",
            "authError",
            "Invalid Credentials",
        )
    }

    /// A caller without a token: 401 by the JSON API, 403 by the XML API.
    pub(super) fn anonymous(permission: &str) -> Self {
        let text = format!("Anonymous caller {}", lacks(permission));
        Self::new(
            StatusCode::UNAUTHORIZED,
            "AccessDenied",
            "required",
            text.clone(),
        )
        .detailed(text)
    }

    /// 403: a token for another object, or for something else.
    pub(super) fn forbidden(permission: &str) -> Self {
        let text = format!("{ACCOUNT} {}", lacks(permission));
        Self::new(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "forbidden",
            text.clone(),
        )
        .detailed(text)
    }

    /// 400: the body is not what its checksum says.
    pub(super) fn bad_digest(message: String) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BadDigest",
            "invalid",
            message.clone(),
        )
        .detailed(message)
    }

    /// 404.
    pub(super) fn no_such_object(bucket: &str, key: &str) -> Self {
        let text = format!("No such object: {bucket}/{key}");
        Self::new(StatusCode::NOT_FOUND, "NoSuchKey", "notFound", text.clone()).detailed(text)
    }

    /// 501: the real service does more than this one.
    pub(super) fn not_served(request: &Parts) -> Self {
        let text = format!(
            "The dev stack's Cloud Storage does not serve {} {}.",
            request.method, request.uri
        );
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "notImplemented",
            text,
        )
    }

    /// 500: the stand-in itself failed.
    pub(super) fn broken(error: &std::io::Error) -> Self {
        eprintln!("devstack: Cloud Storage failed: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "backendError",
            error.to_string(),
        )
    }

    pub(super) fn into_json(self) -> Response {
        if self.is_text {
            let kind = "text/plain; charset=utf-8";
            return (self.status, [(CONTENT_TYPE, kind)], self.message).into_response();
        }
        let mut error = json!({
            "message": self.message, "domain": "global", "reason": self.reason,
        });
        if self.status == StatusCode::UNAUTHORIZED
            && let Some(fields) = error.as_object_mut()
        {
            fields.insert("locationType".to_owned(), json!("header"));
            fields.insert("location".to_owned(), json!("Authorization"));
        }
        let body = json!({"error": {
            "code": self.status.as_u16(), "message": self.message, "errors": [error],
        }});
        challenged((self.status, axum::Json(body)).into_response())
    }

    pub(super) fn into_xml(self) -> Response {
        let message = match self.code {
            "AuthenticationRequired" => "Authentication required.",
            "AccessDenied" => "Access denied.",
            "NoSuchKey" => "The specified key does not exist.",
            "BadDigest" => "The MD5/CRC32C you specified did not match what we received.",
            _ => &self.message,
        };
        let details = self
            .details
            .as_deref()
            .map(|text| format!("<Details>{}</Details>", escaped(text)))
            .unwrap_or_default();
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message>\
             {details}</Error>",
            self.code,
            escaped(message)
        );
        let status = match (self.status, self.code) {
            (StatusCode::UNAUTHORIZED, "AccessDenied") => StatusCode::FORBIDDEN,
            (status, _) => status,
        };
        let kind = "application/xml; charset=UTF-8";
        challenged((status, [(CONTENT_TYPE, kind)], body).into_response())
    }
}

fn lacks(permission: &str) -> String {
    format!(
        "does not have {permission} access to the Google Cloud Storage object. Permission \
         '{permission}' denied on resource (or it may not exist)."
    )
}

fn challenged(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
