//! Bodies that are not what they promised, answered as the real store answers them.
//!
//! `s3s` refuses a body that its signature does not cover, but as an internal error, which clients
//! repeat; the real store says `XAmzContentSHA256Mismatch`, which they must not.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use s3s::service::S3Service;
use sha2::{Digest, Sha256};

use crate::disk::hex;
use crate::sync::lock;
use crate::watched::Watched;

const MISMATCH: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\
    <Code>XAmzContentSHA256Mismatch</Code><Message>The provided 'x-amz-content-sha256' header \
    does not match what was computed.</Message></Error>";

/// The object store behind its HTTP service.
#[derive(Clone)]
pub(crate) struct ObjectService(S3Service);

impl ObjectService {
    pub(super) fn new(service: S3Service) -> Self {
        Self(service)
    }

    /// Answers `request`.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let promised = request
            .headers()
            .get("x-amz-content-sha256")
            .and_then(|v| v.to_str().ok());
        let promised = promised
            .filter(|hash| hash.len() == 64)
            .map(str::to_ascii_lowercase);
        let Some(promised) = promised else {
            return self.call(request).await;
        };
        let seen = Arc::new(Mutex::new(Sha256::new()));
        let hash = Arc::clone(&seen);
        let look = move |chunk: &bytes::Bytes| lock(&hash).update(chunk);
        let response = self
            .call(request.map(|body| Body::new(Watched::new(body, look))))
            .await;
        let is_other = promised != hex(&lock(&seen).clone().finalize());
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR && is_other {
            return (
                StatusCode::BAD_REQUEST,
                [(CONTENT_TYPE, "application/xml")],
                MISMATCH,
            )
                .into_response();
        }
        response
    }

    async fn call(&self, request: Request<Body>) -> Response {
        match self.0.call(request.map(s3s::Body::http_body_unsync)).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                eprintln!("devstack: the object store failed: {error:?}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
