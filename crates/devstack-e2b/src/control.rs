//! Switches for tests: what lives, make one vanish, order failures.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Order;
use crate::stack::E2b;

impl E2b {
    /// Switches for tests, never part of the product's world:
    ///
    /// - `GET /sandboxes`: id, metadata, state, process id on the host, directory of each.
    /// - `POST /sandboxes/{id}/vanish`: kills it at once, as if its life had ended; 204 when done.
    /// - `POST /clock`: `{ahead_s}`; the control plane tells times that are so far ahead, and a `Date` that agrees.
    /// - `POST /break-streams`: every stream of a sandbox that is open breaks; 204.
    /// - `POST /opening`: `{ms}`; the ports of a sandbox open so long after its creation.
    /// - `POST /faults`: `{target: "api"|"envd", action:
    ///   "status"|"text"|"reset"|"stall"|"late"|"cut-stream-after-bytes"|"silence-stream-after-bytes", status?, message?, retry_after?, seconds?, bytes?, count?, path?, method?}`; the next `count` (1)
    ///   requests whose path holds `path` fail so. `GET /faults` lists what is open, `DELETE /faults`
    ///   clears it.
    pub fn control_router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/sandboxes", get(sandboxes))
            .route("/sandboxes/{id}/vanish", post(vanish))
            .route("/clock", post(clock))
            .route("/opening", post(opening))
            .route("/break-streams", post(break_streams))
            .route("/faults", get(faults).post(order).delete(clear))
            .with_state(self.clone())
    }
}

async fn sandboxes(State(stack): State<Arc<E2b>>) -> Response {
    let all: Value = stack
        .all()
        .iter()
        .map(|sandbox| {
            json!({
                "sandboxID": sandbox.id,
                "template": sandbox.traits.template.alias(),
                "metadata": sandbox.traits.metadata,
                "state": format!("{:?}", sandbox.life().state).to_lowercase(),
                "endAt": sandbox.life().end_at.to_string(),
                "pid": sandbox.pid,
                "directory": sandbox.directory,
            })
        })
        .collect();
    axum::Json(all).into_response()
}

async fn vanish(State(stack): State<Arc<E2b>>, Path(id): Path<String>) -> Response {
    match stack.vanish(&id) {
        Some(sandbox) => {
            sandbox.gone().await;
            StatusCode::NO_CONTENT.into_response()
        }
        None => (
            StatusCode::NOT_FOUND,
            axum::Json(json!({ "message": format!("no sandbox {id}") })),
        )
            .into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct Clock {
    ahead_s: i64,
}

async fn clock(State(stack): State<Arc<E2b>>, axum::Json(clock): axum::Json<Clock>) -> StatusCode {
    stack.ahead_s.store(clock.ahead_s, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn break_streams(State(stack): State<Arc<E2b>>) -> StatusCode {
    stack.faults.break_streams();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Opening {
    ms: u64,
}

async fn opening(
    State(stack): State<Arc<E2b>>,
    axum::Json(opening): axum::Json<Opening>,
) -> StatusCode {
    stack.opens_after_ms.store(opening.ms, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn faults(State(stack): State<Arc<E2b>>) -> Response {
    axum::Json(stack.faults.list()).into_response()
}

async fn order(State(stack): State<Arc<E2b>>, axum::Json(order): axum::Json<Order>) -> Response {
    match stack.faults.add(order) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(message) => (
            StatusCode::BAD_REQUEST,
            axum::Json(json!({ "message": message })),
        )
            .into_response(),
    }
}

async fn clear(State(stack): State<Arc<E2b>>) -> StatusCode {
    stack.faults.clear();
    StatusCode::NO_CONTENT
}
