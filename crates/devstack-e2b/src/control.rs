//! Switches for tests: what lives, make one vanish, order failures.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::envd::init::Init;
use crate::faults::Order;
use crate::stack::E2b;

impl E2b {
    /// Switches for tests, never part of the product's world:
    ///
    /// - `GET /sandboxes`: id, metadata, state, process id on the host, directory of each.
    /// - `POST /sandboxes/{id}/vanish`: kills it at once, as if its life had ended; 204 when done.
    /// - `POST /sandboxes/{id}/revoke-token`: gives it another token, as somebody who resets it would; 204 when done.
    /// - `POST /clock`: `{ahead_s}`; the control plane tells times that are so far ahead, and a `Date` that agrees;
    ///   the clocks of sandboxes do, too.
    /// - `POST /faults`: `{target: "api"|"envd", action: "status"|"reset"|"stall"|"cut-stream-after-bytes",
    ///   status?, message?, retry_after?, seconds?, bytes?, count?, path?, method?}`; the next `count` (1)
    ///   requests whose path holds `path` fail so. `GET /faults` lists what is open, `DELETE /faults`
    ///   clears it.
    pub fn control_router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/sandboxes", get(sandboxes))
            .route("/sandboxes/{id}/vanish", post(vanish))
            .route("/sandboxes/{id}/revoke-token", post(revoke_token))
            .route("/clock", post(clock))
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
        None => no_sandbox(&id),
    }
}

async fn revoke_token(State(stack): State<Arc<E2b>>, Path(id): Path<String>) -> Response {
    let Some(sandbox) = stack.find(&id) else {
        return no_sandbox(&id);
    };
    match sandbox.revoke().await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

fn no_sandbox(id: &str) -> Response {
    let body = json!({ "message": format!("no sandbox {id}") });
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

#[derive(Debug, Deserialize)]
struct Clock {
    ahead_s: i64,
}

async fn clock(State(stack): State<Arc<E2b>>, axum::Json(clock): axum::Json<Clock>) -> StatusCode {
    stack.ahead_s.store(clock.ahead_s, Ordering::Relaxed);
    for sandbox in stack.all() {
        let init = Init {
            ahead_s: Some(clock.ahead_s),
            ..Init::default()
        };
        // One that sleeps or ends has no clock to set.
        let _ = tokio::time::timeout(Duration::from_secs(1), sandbox.init(&init)).await;
    }
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
