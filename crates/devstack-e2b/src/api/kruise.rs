//! How OpenKruise words an error: `{code, headers, message, request_id}` (`reference/e2b.md` §8.1).

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::random;

/// No error of ours is longer.
const MAX_BODY: usize = 64 << 10;

/// Layer that puts errors into that form.
pub(super) async fn worded(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let bytes = axum::body::to_bytes(response.into_body(), MAX_BODY).await;
    let told: Value = serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default();
    let body = json!({
        "code": status.as_u16(),
        "headers": {},
        "message": told.get("message").unwrap_or(&Value::Null),
        "request_id": random::hex(8),
    });
    (status, axum::Json(body)).into_response()
}
