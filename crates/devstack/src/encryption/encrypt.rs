//! `POST /encrypt`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::ciphertext::{self, is_ciphertext};
use super::scope::Scope;
use super::values::with_secrets;
use crate::service_error::ServiceError;
use crate::storage::{Parameters, host};
use crate::world::World;

/// Encrypts the `#` values of a JSON body, or a whole text. What is ciphertext comes back as it is.
pub(super) async fn encrypt(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ServiceError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    let scope = Scope::read(&query)?;
    let stack = stack_of(&host(&headers));
    let sealed = |text: &str| {
        if is_ciphertext(text) {
            return Ok(text.to_owned());
        }
        let made = ciphertext::encrypt(&world.encryption, text, &stack, &scope);
        made.ok_or_else(|| ServiceError::invalid("It cannot be encrypted for this."))
    };
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            let value: Value = serde_json::from_slice(&body)
                .map_err(|error| ServiceError::invalid(format!("Invalid JSON: {error}")))?;
            // What the real one says to an empty object is not known (UNVERIFIED): a client must not
            // come to rely on it.
            if value.as_object().is_none_or(serde_json::Map::is_empty) {
                let text = "The body must be a JSON object that is not empty.";
                return Err(ServiceError::invalid(text));
            }
            let answer = with_secrets(value, &mut |_, text| sealed(text))?;
            Ok(axum::Json(answer).into_response())
        }
        "text/plain" => {
            let text = std::str::from_utf8(&body).unwrap_or_default();
            if text.is_empty() {
                return Err(ServiceError::invalid("The body must be a text."));
            }
            let kind = [(CONTENT_TYPE, "text/plain")];
            Ok((kind, sealed(text)?).into_response())
        }
        _ => Err(ServiceError::invalid(
            "Incorrect Content-Type: it must be application/json or text/plain.",
        )),
    }
}

/// The stack that an encryption service belongs to.
fn stack_of(host: &str) -> String {
    match host.strip_prefix("encryption.") {
        Some(suffix) => format!("connection.{suffix}"),
        None => host.to_owned(),
    }
}
