//! The JSON API: reading one object, or what is known of it.

use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::error::Refusal;
use super::object::resource;
use super::signed::value;
use super::store::GcsStore;
use super::tokens::Right;
use super::xml;

/// `GET /storage/v1/b/{bucket}/o/{key}`: the resource, or the bytes with `alt=media`.
pub(super) async fn get(
    store: &GcsStore,
    bucket: &str,
    key: &str,
    request: &Parts,
) -> Result<Response, Refusal> {
    store.allow(&request.headers, Right::Read, bucket, key)?;
    let stored = store.stored(bucket, key)?;
    match value(request.uri.query().unwrap_or_default(), "alt").as_deref() {
        Some("media") => xml::read(&stored, &request.headers).await,
        _ => Ok(axum::Json(resource(key, &stored)).into_response()),
    }
}
