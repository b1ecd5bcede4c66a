//! The control plane (`reference/e2b.md` §2).

mod create;
mod error;
mod kruise;
mod life;
mod list;
mod metrics;
mod templates;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;

use self::error::ApiError;
use crate::faults::Side;
use crate::sandbox::Sandbox;
use crate::service::{Part, Service};
use crate::stack::E2b;

type Stack = State<Arc<E2b>>;

/// Largest body of a request.
const MAX_BODY: usize = 16 << 20;

impl E2b {
    /// The control plane, to be served at `https://api.{domain}`.
    pub fn api_router(self: &Arc<Self>) -> Router {
        let service = self.options.service;
        let mut calls = common();
        if service.has(Part::E2bOnly) {
            calls = calls.merge(of_e2b_only());
        }
        let authorized = calls.layer(from_fn_with_state(self.clone(), authorize));
        let mut router = Router::new()
            .route("/health", get(async || "Health check successful"))
            .merge(authorized)
            .fallback(async || {
                ApiError::new(StatusCode::NOT_FOUND, "no matching operation was found")
            })
            .method_not_allowed_fallback(async || {
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
            });
        if service == Service::OpenKruise {
            router = router.layer(from_fn(kruise::worded));
        }
        router = router
            .layer(from_fn_with_state(self.clone(), tell_the_time))
            .layer(from_fn_with_state(self.clone(), fail_as_ordered));
        if service.has_cors() {
            router = router.layer(from_fn(crate::cors::api));
        }
        router.with_state(self.clone())
    }
}

/// What every known service has.
fn common() -> Router<Arc<E2b>> {
    Router::new()
        .route("/sandboxes", post(create::v1))
        .route("/v2/sandboxes", get(list::paged))
        .route("/sandboxes/{id}", get(life::detail).delete(life::kill))
        .route("/sandboxes/{id}/timeout", post(life::timeout))
        .route("/sandboxes/{id}/connect", post(life::connect_v1))
        .route("/sandboxes/{id}/pause", post(life::pause))
        .route("/sandboxes/{id}/resume", post(life::resume))
        .route("/templates", get(templates::list))
}

/// What OpenKruise lacks (`reference/e2b.md` §8.1).
fn of_e2b_only() -> Router<Arc<E2b>> {
    Router::new()
        .route("/sandboxes", get(list::running))
        .route("/v2/sandboxes", post(create::v2))
        .route("/sandboxes/metrics", get(metrics::many))
        .route("/sandboxes/{id}/refreshes", post(life::refresh))
        .route("/v2/sandboxes/{id}/connect", post(life::connect_v2))
        .route("/sandboxes/{id}/metrics", get(metrics::one))
        .route("/templates/aliases/{alias}", get(templates::alias))
}

/// The header `Date`, by a clock that may be wrong.
async fn tell_the_time(State(stack): Stack, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let now = stack.by_its_clock(jiff::Timestamp::now());
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

async fn fail_as_ordered(State(stack): Stack, request: Request, next: Next) -> Response {
    stack
        .faults
        .apply(Side::Api, request, async |request| next.run(request).await)
        .await
}

/// Only `X-API-Key` carries an API key.
async fn authorize(State(stack): Stack, request: Request, next: Next) -> Response {
    match check_key(&stack, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check_key(stack: &E2b, headers: &HeaderMap) -> Result<(), ApiError> {
    let invalid = || {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "Invalid API key, please visit https://e2b.dev/docs/api-key for more information.",
        )
    };
    let key = headers
        .get("x-api-key")
        .ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "authorization header is missing"))?
        .to_str()
        .map_err(|_| invalid())?;
    if stack.options.service.takes_any_key() {
        return if key.is_empty() {
            Err(invalid())
        } else {
            Ok(())
        };
    }
    let digits = key.strip_prefix("e2b_").ok_or_else(invalid)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid());
    }
    if stack
        .options
        .blocked_keys
        .iter()
        .any(|blocked| blocked == key)
    {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "team is blocked"));
    }
    if stack.options.api_keys.iter().any(|known| known == key) {
        Ok(())
    } else {
        Err(invalid())
    }
}

/// Reads a JSON body. Types must be the documented ones; unknown fields are ignored.
async fn body<T: DeserializeOwned>(request: Request) -> Result<T, ApiError> {
    let kind = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_owned();
    if !kind
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .eq_ignore_ascii_case("application/json")
    {
        return Err(ApiError::bad(format!(
            "request body has an error: header Content-Type has unexpected value \"{kind}\""
        )));
    }
    let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
        .await
        .map_err(|_| {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request body is larger than 16 MiB",
            )
        })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        ApiError::bad(format!(
            "request body has an error: doesn't match schema: {error}"
        ))
    })
}

fn found(stack: &E2b, id: &str) -> Result<Arc<Sandbox>, ApiError> {
    stack.find(id).ok_or_else(|| ApiError::no_sandbox(id))
}
