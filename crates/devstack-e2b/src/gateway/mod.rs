//! The way to sandboxes: finds the sandbox of a request and hands bytes both ways as they come.

mod address;
mod answers;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::json;
use thiserror::Error;

use self::address::{Address, address, host};
use self::answers::Absent;
use crate::cors;
use crate::envd;
use crate::faults::Side;
use crate::sandbox::{Sandbox, State as Life};
use crate::stack::E2b;

/// Calls of the control plane to envd, hidden from the public.
const INTERNAL: [&str; 7] = [
    "/init",
    "/freeze",
    "/unfreeze",
    "/fsfreeze",
    "/fsthaw",
    "/collapse",
    "/upgrade",
];

/// Headers that belong to one connection, not to the message.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl E2b {
    /// The way to sandboxes: every host `{port}-{sandboxID}.{domain}`, and any other host by the headers
    /// `E2b-Sandbox-Id` and `E2b-Sandbox-Port`. Serves HTTP/1.1 and HTTP/2.
    pub fn gateway_router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Everything at one host, as OpenKruise has it: the control plane at `/kruise/api`, ports of
    /// sandboxes at `/kruise/{sandboxID}/{port}` (`reference/e2b.md` §8.1).
    pub fn one_host_router(self: &Arc<Self>) -> Router {
        Router::new()
            .fallback(by_path)
            .with_state(self.clone())
            .nest("/kruise/api", self.api_router())
    }
}

/// The gateway strips its prefix, and the rest goes the way of routing headers.
async fn by_path(state: State<Arc<E2b>>, mut request: Request) -> Response {
    let not_found = || (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    let text = request.uri().to_string();
    let path = request
        .uri()
        .path_and_query()
        .map_or(text.as_str(), |path| path.as_str());
    let Some(rest) = path.strip_prefix("/kruise/") else {
        return not_found();
    };
    let mut parts = rest.splitn(3, '/');
    let (Some(id), Some(port)) = (parts.next(), parts.next()) else {
        return not_found();
    };
    let (Ok(id), Ok(port)) = (HeaderValue::from_str(id), HeaderValue::from_str(port)) else {
        return not_found();
    };
    let Ok(inner) = format!("/{}", parts.next().unwrap_or_default()).parse() else {
        return not_found();
    };
    *request.uri_mut() = inner;
    request.headers_mut().insert("e2b-sandbox-id", id);
    request.headers_mut().insert("e2b-sandbox-port", port);
    answer(state, request).await
}

async fn answer(State(stack): State<Arc<E2b>>, request: Request) -> Response {
    let has_cors = stack.options.service.has_cors();
    if let Some(preflight) = cors::gateway_preflight(&request) {
        return if has_cors {
            preflight
        } else {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        };
    }
    let mut response = stack
        .faults
        .apply(Side::Envd, request, async |request| {
            route(&stack, request).await
        })
        .await;
    if has_cors {
        cors::open_to_envd_clients(&mut response);
    } else {
        cors::close(&mut response);
    }
    response
}

async fn route(stack: &E2b, request: Request) -> Response {
    let Address { sandbox: id, port } =
        match address(request.uri(), request.headers(), stack.options.service) {
            Ok(address) => address,
            Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
        };
    let Some(sandbox) = stack
        .find(&id)
        .filter(|sandbox| sandbox.life().state == Life::Running)
    else {
        return Absent::Sandbox { id: &id }.answer(request.headers());
    };
    let opens_after = stack.opens_after_ms.load(Ordering::Relaxed);
    let age = Timestamp::now().duration_since(sandbox.started_at);
    if port != envd::PORT || age.as_millis() < i128::from(opens_after) {
        return Absent::Port { id: &id, port }.answer(request.headers());
    }
    if INTERNAL.contains(&request.uri().path()) {
        return (
            StatusCode::NOT_FOUND,
            axum::Json(json!({ "code": 404, "message": "not found" })),
        )
            .into_response();
    }
    let headers = request.headers().clone();
    match forward(&sandbox, request).await {
        Ok(response) => response,
        // It ended between the look-up and the answer.
        Err(_) if sandbox.life().state != Life::Running => {
            Absent::Sandbox { id: &id }.answer(&headers)
        }
        Err(error) => (
            StatusCode::BAD_GATEWAY,
            format!("envd did not answer: {error}\n"),
        )
            .into_response(),
    }
}

#[derive(Debug, Error)]
enum ForwardError {
    #[error("no connection to envd: {0}")]
    Connect(#[from] io::Error),
    #[error("envd broke the connection: {0}")]
    Http(#[from] hyper::Error),
}

/// Sends the request over a connection of its own, so one that breaks off breaks nothing else.
async fn forward(sandbox: &Sandbox, request: Request) -> Result<Response, ForwardError> {
    let stream = sandbox.connect().await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Body>(TokioIo::new(stream)).await?;
    // Its errors reach us through the request.
    tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    let host = HeaderValue::from_str(host(&parts.uri, &parts.headers))
        .unwrap_or(HeaderValue::from_static("envd"));
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse().unwrap_or(Uri::from_static("/"));
    parts.version = Version::HTTP_11;
    drop_hop_by_hop(&mut parts.headers);
    parts.headers.insert(header::HOST, host);
    let response = sender
        .send_request(axum::http::Request::from_parts(parts, body))
        .await?;
    let (mut parts, body) = response.into_parts();
    drop_hop_by_hop(&mut parts.headers);
    Ok(Response::from_parts(parts, Body::new(body)))
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
