//! Switches for tests: what lives, make one vanish, order failures.

use std::collections::BTreeMap;
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
use crate::sandbox::Traits;
use crate::stack::E2b;
use crate::template::Template;

impl E2b {
    /// Switches for tests, never part of the product's world:
    ///
    /// - `GET /sandboxes`: id, metadata, state, process id on the host, directory of each.
    /// - `POST /sandboxes`: `{metadata}`; another client makes one of the template `base`, for five
    ///   minutes.
    /// - `POST /sandboxes/{id}/vanish`: kills it at once, as if its life had ended; 204 when done.
    /// - `POST /sandboxes/{id}/timeout`: `{seconds}`; another client sets its end.
    /// - `POST /sandboxes/{id}/revoke-token`: gives it another token, as somebody who resets it would; 204 when done.
    /// - `POST /clock`: `{ahead_s}`; the control plane tells times that are so far ahead, and a `Date` that agrees;
    ///   the clocks of sandboxes do, too.
    /// - `POST /creates`: `{delay_ms}`; sandboxes take so much longer to come up.
    /// - `POST /break-streams`: every stream of a sandbox that is open breaks; 204.
    /// - `POST /opening`: `{ms}`; the ports of a sandbox open so long after its creation.
    /// - `POST /faults`: `{target: "api"|"envd", action:
    ///   "status"|"text"|"reset"|"stall"|"late"|"abandon"|"cut-stream-after-bytes"|"silence-stream-after-bytes",
    ///   status?, message?, error_code?, retry_after?, seconds?, bytes?, count?, path?, method?}`; the next `count` (1)
    ///   requests whose path holds `path` fail so. `GET /faults` lists what is open, `DELETE /faults`
    ///   clears it.
    pub fn control_router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/sandboxes", get(sandboxes).post(create))
            .route("/sandboxes/{id}/vanish", post(vanish))
            .route("/sandboxes/{id}/timeout", post(timeout))
            .route("/sandboxes/{id}/revoke-token", post(revoke_token))
            .route("/clock", post(clock))
            .route("/creates", post(creates))
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

#[derive(Debug, Deserialize)]
struct New {
    metadata: BTreeMap<String, String>,
}

async fn create(State(stack): State<Arc<E2b>>, axum::Json(new): axum::Json<New>) -> Response {
    let Ok(template) = Template::find("base") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let traits = Traits {
        template,
        metadata: Some(new.metadata),
        access_token: None,
        auto_pause: false,
        auto_resume: false,
        allow_internet_access: true,
    };
    let life = Duration::from_secs(300);
    match stack.create(traits, BTreeMap::new(), life).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            axum::Json(json!({ "message": error.to_string() })),
        )
            .into_response(),
    }
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
struct Timeout {
    seconds: u64,
}

async fn timeout(
    State(stack): State<Arc<E2b>>,
    Path(id): Path<String>,
    axum::Json(timeout): axum::Json<Timeout>,
) -> StatusCode {
    let Some(sandbox) = stack.find(&id) else {
        return StatusCode::NOT_FOUND;
    };
    let seconds = Duration::from_secs(timeout.seconds);
    sandbox.end_in(seconds, Duration::MAX, false);
    StatusCode::NO_CONTENT
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

#[derive(Debug, Deserialize)]
struct Creates {
    delay_ms: u64,
}

async fn creates(
    State(stack): State<Arc<E2b>>,
    axum::Json(creates): axum::Json<Creates>,
) -> StatusCode {
    stack
        .create_delay_ms
        .store(creates.delay_ms, Ordering::Relaxed);
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
