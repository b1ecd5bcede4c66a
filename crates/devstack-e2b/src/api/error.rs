//! Errors of the control plane: `{code, message, error_code?}` (`reference/e2b.md` §2.5).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::stack::CreateError;
use crate::template::TemplateError;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    error_code: Option<&'static str>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            message: message.into(),
            error_code: None,
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, message)
    }

    /// The same words with status 500.
    pub(super) fn into_fault(self) -> ApiError {
        ApiError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..self
        }
    }

    pub(super) fn no_sandbox(id: &str) -> ApiError {
        ApiError::new(
            StatusCode::NOT_FOUND,
            format!("Sandbox \"{id}\" doesn't exist or you don't have access to it"),
        )
    }

    pub(super) fn conflict(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, message)
    }
}

impl From<TemplateError> for ApiError {
    fn from(error: TemplateError) -> ApiError {
        let status = match error {
            TemplateError::Invalid(_) => StatusCode::BAD_REQUEST,
            TemplateError::NotFound(_) | TemplateError::NoTag { .. } => StatusCode::NOT_FOUND,
        };
        ApiError::new(status, error.to_string())
    }
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> ApiError {
        let (status, error_code) = match error {
            CreateError::TooMany => (StatusCode::TOO_MANY_REQUESTS, None),
            CreateError::Host(_) | CreateError::Io(_) | CreateError::NotStarted(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Some("sandbox_create_failed"),
            ),
        };
        ApiError {
            status,
            message: error.to_string(),
            error_code,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "code": self.status.as_u16(), "message": self.message });
        if let (Some(code), Value::Object(body)) = (self.error_code, &mut body) {
            body.insert("error_code".into(), code.into());
        }
        (self.status, axum::Json(body)).into_response()
    }
}
