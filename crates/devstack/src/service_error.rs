//! Errors of Keboola's services beside Storage, in their shape (reference/keboola.md section 2.2): the
//! code is a number.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::random;
use crate::storage::StorageError;

/// A refusal.
#[derive(Debug)]
pub(crate) struct ServiceError {
    status: StatusCode,
    text: String,
}

impl ServiceError {
    /// 400: the request itself is wrong.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: text.into(),
        }
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            text: text.into(),
        }
    }
}

/// What Storage says of a token or a right, a service that asks it says in its own shape.
impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        let (status, text) = error.into_parts();
        Self { status, text }
    }
}

impl IntoResponse for ServiceError {
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
