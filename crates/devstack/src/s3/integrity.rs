//! Bodies that are not what they promised, answered as the real store answers them.
//!
//! `s3s` refuses a body that its signature does not cover, but as an internal error, which clients
//! repeat; the real store says `XAmzContentSHA256Mismatch`, which they must not. `s3s-fs` refuses a
//! wrong checksum, but keeps the object; the real store never shows one.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use s3s::service::S3Service;
use sha2::{Digest, Sha256};

use super::{BUCKET, ObjectStore};
use crate::sync::lock;
use crate::watched::Watched;

const MISMATCH: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\
    <Code>XAmzContentSHA256Mismatch</Code><Message>The provided 'x-amz-content-sha256' header \
    does not match what was computed.</Message></Error>";
/// No error document of the store is larger.
const LARGEST_ERROR: usize = 64 * 1024;

/// The object store behind its HTTP service.
#[derive(Clone)]
pub(crate) struct ObjectService {
    service: S3Service,
    store: Arc<ObjectStore>,
}

impl ObjectService {
    pub(super) fn new(service: S3Service, store: Arc<ObjectStore>) -> Self {
        Self { service, store }
    }

    /// Answers `request`.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let written = (request.method() == Method::PUT).then(|| request.uri().path().to_owned());
        let response = self.check_payload_hash(request).await;
        match written {
            Some(path) if response.status() == StatusCode::BAD_REQUEST => {
                self.drop_if_bad(&path, response).await
            }
            _ => response,
        }
    }

    async fn check_payload_hash(&self, request: Request<Body>) -> Response {
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
        match self
            .service
            .call(request.map(s3s::Body::http_body_unsync))
            .await
        {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                eprintln!("devstack: the object store failed: {error:?}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Removes the object at `path` when the answer is that its checksum is wrong.
    async fn drop_if_bad(&self, path: &str, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(body) = axum::body::to_bytes(body, LARGEST_ERROR).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if String::from_utf8_lossy(&body).contains("<Code>BadDigest</Code>") {
            let path = percent_decode_str(path).decode_utf8_lossy();
            let path = path.trim_start_matches('/');
            // A path-style address begins with the bucket.
            let in_bucket = path
                .strip_prefix(BUCKET)
                .and_then(|rest| rest.strip_prefix('/'));
            self.store.remove(in_bucket.unwrap_or(path));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
