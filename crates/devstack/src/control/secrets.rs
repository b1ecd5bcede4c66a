//! Reading what the Encryption API encrypted, as a job of a configuration would.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, routing::post};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Control, refusal};
use crate::encryption::decrypt;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/decrypt", post(decrypted))
}

/// A ciphertext, and for whom it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ciphertext {
    text: String,
    stack: String,
    component: String,
    project: String,
    configuration: String,
}

async fn decrypted(State(control): State<Control>, Json(asked): Json<Ciphertext>) -> Response {
    let text = decrypt(
        &control.world.encryption,
        &asked.text,
        &asked.stack,
        &asked.component,
        &asked.project,
        &asked.configuration,
    );
    match text {
        Ok(text) => Json(json!({"text": text})).into_response(),
        Err(error) => refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("The value {error}."),
        ),
    }
}
