//! Refusals, as Blob Storage words them.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use crate::moment;
use crate::random;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Further elements of the document.
    more: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            more: String::new(),
        }
    }

    /// 403: the signature is none, or not valid now.
    pub(super) fn unauthenticated(detail: &str) -> Self {
        Self {
            more: format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"),
            ..Self::new(
                StatusCode::FORBIDDEN,
                "AuthenticationFailed",
                "Server failed to authenticate the request. Make sure the value of Authorization \
                 header is formed correctly including the signature.",
            )
        }
    }

    /// 400: a header that the operation needs is not there.
    pub(super) fn missing_header(name: &str) -> Self {
        Self {
            more: format!("<HeaderName>{name}</HeaderName>"),
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "MissingRequiredHeader",
                "An HTTP header that's mandatory for this request is not specified.",
            )
        }
    }

    /// 400: the body is not what its MD5 says.
    pub(super) fn md5_mismatch() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Md5Mismatch",
            "The MD5 value specified in the request did not match with the MD5 value calculated by \
             the server.",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let id = random::ulid();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>{}\n\
             RequestId:{id}\nTime:{}</Message>{}</Error>",
            self.code,
            self.message,
            moment::zulu(moment::now()),
            self.more
        );
        let mut response = (self.status, [(CONTENT_TYPE, "application/xml")], body).into_response();
        let headers = response.headers_mut();
        headers.insert("x-ms-error-code", HeaderValue::from_static(self.code));
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-ms-request-id", id);
        }
        response
    }
}
