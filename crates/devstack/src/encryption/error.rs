//! Errors of the Encryption API, in its shape (reference/keboola.md section 2.2): the code is a number.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::random;

/// A refusal.
#[derive(Debug)]
pub(super) struct EncryptionError {
    status: StatusCode,
    text: String,
}

impl EncryptionError {
    /// 400: the request itself is wrong.
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: text.into(),
        }
    }

    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            text: text.into(),
        }
    }
}

impl IntoResponse for EncryptionError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.text,
            "code": self.status.as_u16(),
            "exceptionId": random::exception_id(),
            "status": "error",
        });
        (self.status, Json(body)).into_response()
    }
}
