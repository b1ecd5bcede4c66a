//! CORS as the service answers it (`reference/e2b.md` §4): everything at envd, a fixed list of
//! headers at the API.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const METHODS: HeaderValue = HeaderValue::from_static("HEAD, GET, POST, PUT, PATCH, DELETE");
const API_METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS");
const ENVD_EXPOSED: HeaderValue = HeaderValue::from_static(
    "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, Location, Cache-Control, X-Content-Type-Options",
);
const API_EXPOSED: HeaderValue = HeaderValue::from_static(
    "X-Next-Token,X-Total-Running,RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset,Retry-After",
);
const API_HEADERS: HeaderValue = HeaderValue::from_static(
    "Origin,Content-Length,Content-Type,User-Agent,Authorization,X-Api-Key,X-Team-ID,Idempotency-Key,Browser,Lang,\
     Lang_version,Machine,Os,Package_version,Processor,Publisher,Release,Sdk_runtime,System",
);

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn any_origin(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
}

/// The answer to a preflight for envd: whatever headers it asks for.
pub(crate) fn envd_preflight(request: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    any_origin(headers);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("7200"),
    );
    if let Some(asked) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// Lets every origin read an answer of envd.
pub(crate) fn open_to_envd_clients(response: &mut Response) {
    any_origin(response.headers_mut());
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ENVD_EXPOSED);
}

/// Takes it back, for a service without CORS.
pub(crate) fn close(response: &mut Response) {
    let names: Vec<_> = response.headers().keys().cloned().collect();
    for name in names {
        if name.as_str().starts_with("access-control-") {
            response.headers_mut().remove(name);
        }
    }
}

/// Layer of envd.
pub(crate) async fn envd(request: Request, next: Next) -> Response {
    if is_preflight(&request) {
        return envd_preflight(request.headers());
    }
    let mut response = next.run(request).await;
    open_to_envd_clients(&mut response);
    response
}

/// Layer of the gateway: its own answers and preflights are open as well (newer proxies).
pub(crate) fn gateway_preflight(request: &Request) -> Option<Response> {
    is_preflight(request).then(|| envd_preflight(request.headers()))
}

/// Layer of the control plane.
pub(crate) async fn api(request: Request, next: Next) -> Response {
    if is_preflight(&request) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        any_origin(headers);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, API_METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, API_HEADERS);
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("43200"),
        );
        return response;
    }
    let mut response = next.run(request).await;
    any_origin(response.headers_mut());
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, API_EXPOSED);
    response
}
