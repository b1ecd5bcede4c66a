//! The XML API: one object, written or read by one request.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::dto::Range;

use super::error::Refusal;
use super::hashes::{Announced, Hashing};
use super::object::{About, Headers};
use super::signed::{is_signed, value};
use super::store::GcsStore;
use super::tokens::Right;
use crate::disk::Stored;
use crate::moment;

/// `PUT /{bucket}/{key}`.
pub(super) async fn put(
    store: &GcsStore,
    bucket: &str,
    key: &str,
    request: &Parts,
    body: Body,
) -> Result<Response, Refusal> {
    if request.uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Refusal::not_served(request));
    }
    store.allow(&request.headers, Right::Write, bucket, key)?;
    if !request.headers.contains_key(CONTENT_LENGTH) {
        return Err(Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLength",
            "required",
            "You must provide the Content-Length HTTP header.",
        ));
    }
    let announced = Announced::from_headers(&request.headers)?;
    let headers = Headers::from(&request.headers);
    let broken = |error: std::io::Error| Refusal::broken(&error);
    let mut incoming = store.disk.incoming().await.map_err(broken)?;
    let mut hashing = Hashing::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Refusal::bad("The request was not read to its end."))?;
        hashing.update(&piece);
        incoming.write(&piece).await.map_err(broken)?;
    }
    let hashes = hashing.finish();
    announced.check(&hashes)?;
    let file = incoming.finish().await.map_err(broken)?;
    let about = About::new(headers, hashes);
    let stored = store.disk.keep(key, file, about).map_err(broken)?;
    let mut response = StatusCode::OK.into_response();
    describe(response.headers_mut(), &stored);
    set(
        response.headers_mut(),
        CONTENT_TYPE,
        "text/html; charset=UTF-8",
    );
    Ok(response)
}

/// `GET` and `HEAD /{bucket}/{key}`, by a token or a signed URL.
pub(super) async fn get(
    store: &GcsStore,
    bucket: &str,
    key: &str,
    request: &Parts,
) -> Result<Response, Refusal> {
    if is_signed(&request.uri) {
        store.signer.check(&request.uri)?;
    } else {
        store.allow(&request.headers, Right::Read, bucket, key)?;
    }
    let stored = store.stored(bucket, key)?;
    let mut response = read(&stored, &request.headers).await?;
    let query = request.uri.query().unwrap_or_default();
    if let Some(text) = value(query, "response-content-disposition") {
        set(response.headers_mut(), CONTENT_DISPOSITION, &text);
    }
    Ok(response)
}

/// The bytes of an object, or the range of them that is asked for.
pub(super) async fn read(stored: &Stored<About>, asked: &HeaderMap) -> Result<Response, Refusal> {
    let asked = asked.get(RANGE).and_then(|v| v.to_str().ok());
    // What is no range of bytes is ignored.
    let asked = asked.and_then(|text| Range::parse(text).ok());
    let range = match asked {
        None => 0..stored.bytes,
        Some(range) => range.check(stored.bytes).map_err(|_| {
            Refusal::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "requestedRangeNotSatisfiable",
                "The requested range cannot be satisfied.",
            )
        })?,
    };
    let length = range.end - range.start;
    let bytes = stored.read(range.start, length).await;
    let bytes = bytes.map_err(|error| Refusal::broken(&error))?;
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    describe(headers, stored);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    set(headers, ACCEPT_RANGES, "bytes");
    set(headers, LAST_MODIFIED, &moment::http(stored.modified));
    let own = &stored.about.headers;
    let content_type = own.content_type.as_deref();
    set(
        headers,
        CONTENT_TYPE,
        content_type.unwrap_or("application/octet-stream"),
    );
    for (name, text) in [
        (CONTENT_DISPOSITION, &own.content_disposition),
        (CONTENT_ENCODING, &own.content_encoding),
        (CACHE_CONTROL, &own.cache_control),
    ] {
        if let Some(text) = text {
            set(headers, name, text);
        }
    }
    if asked.is_some() {
        let text = format!("bytes {}-{}/{}", range.start, range.end - 1, stored.bytes);
        set(headers, CONTENT_RANGE, &text);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// What every answer about an object says of it.
fn describe(headers: &mut HeaderMap, stored: &Stored<About>) {
    let about = &stored.about;
    set(headers, ETAG, &format!("\"{}\"", about.hashes.md5_hex()));
    for hash in [
        format!("crc32c={}", about.hashes.crc32c_base64()),
        format!("md5={}", about.hashes.md5_base64()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&hash) {
            headers.append("x-goog-hash", value);
        }
    }
    for (name, text) in [
        ("x-goog-generation", about.generation.to_string()),
        ("x-goog-metageneration", "1".to_owned()),
        ("x-goog-stored-content-encoding", "identity".to_owned()),
        ("x-goog-stored-content-length", stored.bytes.to_string()),
    ] {
        set(headers, HeaderName::from_static(name), &text);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}
