//! Errors of the Storage API, in its shape (reference/keboola.md section 2.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::file_storage::StoreError;
use crate::project::job::JobError;
use crate::random;

/// A refusal.
#[derive(Debug)]
pub(crate) struct StorageError {
    status: StatusCode,
    code: &'static str,
    text: String,
}

impl StorageError {
    pub(crate) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
        }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn invalid(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, text)
    }

    /// 401: no token, or none that is known.
    pub(crate) fn invalid_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "storage.tokenInvalid",
            "Invalid access token",
        )
    }

    /// 403: the token lacks a right.
    pub(crate) fn denied() -> Self {
        let text = "You don't have access to the resource.";
        Self::new(StatusCode::FORBIDDEN, "accessDenied", text)
    }

    /// 404.
    pub(crate) fn not_found(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, text)
    }

    /// What another service of the stack tells of it.
    pub(crate) fn into_parts(self) -> (StatusCode, String) {
        (self.status, self.text)
    }

    /// 500, when the stand-in itself fails; the reason goes to its log, too.
    pub(crate) fn broken(reason: &impl std::fmt::Display) -> Self {
        eprintln!("devstack: storage failed: {reason}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internalError",
            reason.to_string(),
        )
    }
}

/// What would be refused at once fails the job that does it later.
impl From<StorageError> for JobError {
    fn from(error: StorageError) -> Self {
        Self::new(error.code, error.text)
    }
}

impl From<StoreError> for StorageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoAzurite => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "devstack.noAzurite",
                error.to_string(),
            ),
            _ => Self::broken(&error),
        }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.text,
            "code": self.code,
            "exceptionId": random::exception_id(),
            "status": "error",
        });
        (self.status, Json(body)).into_response()
    }
}
