//! Google Cloud Storage as Keboola's files need it: single uploads by the XML API, resumable ones by
//! the JSON API, reading by both, and signed URLs. Written from Google's documentation and what its
//! own client libraries note of the real service's answers; what is not here is refused in words.

mod content_range;
mod error;
mod hashes;
mod json;
mod object;
mod sessions;
mod signed;
mod store;
mod target;
mod tokens;
mod xml;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{Method, Request};

pub(crate) use store::GcsStore;

use error::Refusal;
use target::Target;

/// The one host of the service.
pub(crate) const HOST: &str = "storage.googleapis.com";
/// Where the bucket is.
const REGION: &str = "europe-west3";
/// The bucket that holds every file of every project.
const BUCKET: &str = "devstack-file-storage-gcp";
/// The project that the bucket belongs to.
const PROJECT: &str = "devstack-files";
/// Whom tokens and signed URLs are of.
const ACCOUNT: &str = "file-storage@devstack-files.iam.gserviceaccount.com";

/// Whether errors on this path are JSON; the XML API's are XML.
pub(crate) fn speaks_json(path: &str) -> bool {
    !matches!(Target::of(path), Target::Xml { .. })
}

/// The HTTP service in front of a store.
#[derive(Clone)]
pub(crate) struct GcsService(Arc<GcsStore>);

impl GcsService {
    pub(crate) fn new(store: Arc<GcsStore>) -> Self {
        Self(store)
    }

    /// Answers `request`.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let store = &self.0;
        // The body alone cannot be shared between threads while something is awaited.
        let (parts, body) = request.into_parts();
        match Target::of(parts.uri.path()) {
            Target::Xml { bucket, key } => {
                let answer = match parts.method {
                    Method::PUT => xml::put(store, &bucket, &key, &parts, body).await,
                    Method::GET | Method::HEAD => xml::get(store, &bucket, &key, &parts).await,
                    Method::DELETE => store.allow_nothing(&parts, "storage.objects.delete"),
                    _ => Err(Refusal::not_served(&parts)),
                };
                answer.unwrap_or_else(Refusal::into_xml)
            }
            Target::Upload { bucket } => {
                let answer = sessions::answer(store, &bucket, &parts, body).await;
                answer.unwrap_or_else(Refusal::into_json)
            }
            Target::Object { bucket, key } => {
                let answer = match parts.method {
                    Method::GET => json::get(store, &bucket, &key, &parts).await,
                    Method::DELETE => store.allow_nothing(&parts, "storage.objects.delete"),
                    _ => Err(Refusal::not_served(&parts)),
                };
                answer.unwrap_or_else(Refusal::into_json)
            }
            Target::List => {
                let answer = match parts.method {
                    Method::GET => store.allow_nothing(&parts, "storage.objects.list"),
                    _ => Err(Refusal::not_served(&parts)),
                };
                answer.unwrap_or_else(Refusal::into_json)
            }
        }
    }
}
