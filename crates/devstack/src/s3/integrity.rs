//! A body that is not what its signature promised.
//!
//! `s3s` refuses such a body, but as an internal error, which clients repeat; the real store says
//! `XAmzContentSHA256Mismatch`, which they must not.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use s3s::service::S3Service;
use sha2::{Digest, Sha256};

use crate::sync::lock;
use crate::watched::Watched;

const MISMATCH: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\
    <Code>XAmzContentSHA256Mismatch</Code><Message>The provided 'x-amz-content-sha256' header \
    does not match what was computed.</Message></Error>";

/// Answers `request` by `service`.
pub(crate) async fn answer(service: &S3Service, request: Request<Body>) -> Response {
    let promised = request
        .headers()
        .get("x-amz-content-sha256")
        .and_then(|v| v.to_str().ok());
    let promised = promised
        .filter(|hash| hash.len() == 64)
        .map(str::to_ascii_lowercase);
    let seen = Arc::new(Mutex::new(Sha256::new()));
    let hash = Arc::clone(&seen);
    let is_promised = promised.is_some();
    let request = request.map(|body| match is_promised {
        true => Body::new(Watched::new(body, move |chunk| lock(&hash).update(chunk))),
        false => body,
    });
    let response = match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            eprintln!("devstack: the object store failed: {error:?}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    let broken = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && promised.is_some_and(|hash| hash != hex(&lock(&seen).clone().finalize()));
    match broken {
        true => (
            StatusCode::BAD_REQUEST,
            [(CONTENT_TYPE, "application/xml")],
            MISMATCH,
        )
            .into_response(),
        false => response,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
