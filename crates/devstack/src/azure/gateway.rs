//! The way of a request to azurite: signatures and headers checked as Azure does, bodies streamed
//! both ways.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST as HOST_HEADER, TRANSFER_ENCODING,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use s3s::crypto::{Checksum, Md5};

use super::error::Refusal;
use super::sas::value;
use super::store::AzureStore;

/// No list of blocks is longer: 50,000 of them, with the longest ids.
const LARGEST_LIST: usize = 16 * 1024 * 1024;
const MIB: u64 = 1024 * 1024;

/// The HTTP service in front of a store.
#[derive(Clone)]
pub(crate) struct AzureService(Arc<AzureStore>);

impl AzureService {
    pub(crate) fn new(store: Arc<AzureStore>) -> Self {
        Self(store)
    }

    /// Answers `request`.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let answer = self.serve(parts, body).await;
        answer.unwrap_or_else(IntoResponse::into_response)
    }

    async fn serve(&self, mut parts: Parts, body: Body) -> Result<Response, Refusal> {
        self.authenticate(&parts)?;
        let operation = Operation::of(&parts);
        if operation != Operation::PutBlob {
            // azurite takes whatever has it for Put Blob; Azure does not.
            parts.headers.remove("x-ms-blob-type");
        }
        let md5 = sent_md5(&parts.headers)?;
        let body = match operation {
            Operation::PutBlob | Operation::PutBlock => {
                check_body(&parts, operation)?;
                body
            }
            // azurite does not look at the checksum of a list.
            Operation::PutBlockList => Body::from(checked_list(&parts, body, md5).await?),
            Operation::Other => body,
        };
        let response = self.forward(parts, body).await?;
        Ok(worded(response, md5.is_some()))
    }

    /// Only signatures for one container come in here, whatever azurite would take.
    fn authenticate(&self, parts: &Parts) -> Result<(), Refusal> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Err(Refusal::unauthenticated(
                "The dev stack gives nobody the account's key.",
            ));
        }
        let query = parts.uri.query().unwrap_or_default();
        if value(query, "sig").is_none() {
            return Err(match parts.method {
                Method::GET | Method::HEAD => Refusal::new(
                    StatusCode::CONFLICT,
                    "PublicAccessNotPermitted",
                    "Public access is not permitted on this storage account.",
                ),
                _ => Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "NoAuthenticationInformation",
                    "Server failed to authenticate the request. Please refer to the information in \
                     the www-authenticate header.",
                ),
            });
        }
        let path = parts.uri.path().trim_start_matches('/');
        let path = percent_decode_str(path).decode_utf8_lossy();
        let (container, blob) = path.split_once('/').unwrap_or((&path, ""));
        self.0.signer.check(query, container, blob)
    }

    async fn forward(&self, parts: Parts, body: Body) -> Result<Response, Refusal> {
        let unreachable = |error: &dyn std::fmt::Display| {
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServerBusy",
                format!("The dev stack's Blob Storage: {error}"),
            )
        };
        let port = self.0.azurite.port().await.map_err(|e| unreachable(&e))?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(parts.method)
            .uri(format!("http://127.0.0.1:{port}{path}"))
            .body(body)
            .map_err(|error| unreachable(&error))?;
        *request.headers_mut() = parts.headers;
        // By its host it knows the account.
        let host = HeaderValue::from_static(super::HOST);
        request.headers_mut().insert(HOST_HEADER, host);
        let response = self.0.client.request(request).await;
        let mut response = response
            .map_err(|error| unreachable(&error))?
            .map(Body::new);
        for name in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(name);
        }
        response.headers_mut().remove("keep-alive");
        Ok(response)
    }
}

/// What is asked for, as far as it has rules here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    PutBlob,
    PutBlock,
    PutBlockList,
    Other,
}

impl Operation {
    fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let is_container = value(query, "restype").is_some();
        match (&parts.method, value(query, "comp").as_deref()) {
            (&Method::PUT, None) if !is_container => Self::PutBlob,
            (&Method::PUT, Some("block")) => Self::PutBlock,
            (&Method::PUT, Some("blocklist")) => Self::PutBlockList,
            _ => Self::Other,
        }
    }

    /// The largest body in bytes, by the version of the service that the request speaks.
    fn largest(self, version: &str) -> u64 {
        match self {
            // Versions are dates, and sort as texts.
            Self::PutBlock if version >= "2019-12-12" => 4000 * MIB,
            Self::PutBlock => 100 * MIB,
            _ if version >= "2019-12-12" => 5000 * MIB,
            _ => 256 * MIB,
        }
    }
}

/// The MD5 that the body is said to have.
fn sent_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, Refusal> {
    let Some(text) = headers.get("content-md5") else {
        return Ok(None);
    };
    let bytes = STANDARD.decode(text.as_bytes()).ok();
    let md5 = bytes.and_then(|bytes| bytes.try_into().ok());
    md5.map(Some).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "InvalidMd5",
            "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and \
             base64 encoded.",
        )
    })
}

fn check_body(parts: &Parts, operation: Operation) -> Result<(), Refusal> {
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let length = header(CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
    let length = length.ok_or_else(|| {
        Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLengthHeader",
            "Content-Length HTTP header is not specified.",
        )
    })?;
    if operation == Operation::PutBlob && header("x-ms-blob-type").is_none() {
        return Err(Refusal::missing_header("x-ms-blob-type"));
    }
    if header("x-ms-content-crc64").is_some() {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "UnsupportedHeader",
            "The dev stack's Blob Storage checks Content-MD5, not x-ms-content-crc64.",
        ));
    }
    // A request that names no version speaks the one that its signature was made with.
    let signed = value(parts.uri.query().unwrap_or_default(), "sv").unwrap_or_default();
    let version = header("x-ms-version").unwrap_or(&signed);
    if length > operation.largest(version) {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestBodyTooLarge",
            "The request body is too large and exceeds the maximum permissible limit.",
        ));
    }
    Ok(())
}

async fn checked_list(
    parts: &Parts,
    body: Body,
    md5: Option<[u8; 16]>,
) -> Result<bytes::Bytes, Refusal> {
    if !parts.headers.contains_key(CONTENT_LENGTH) {
        return Err(Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLengthHeader",
            "Content-Length HTTP header is not specified.",
        ));
    }
    let list = axum::body::to_bytes(body, LARGEST_LIST).await;
    let list = list.map_err(|_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "InvalidInput",
            "One of the request inputs is not valid.",
        )
    })?;
    match md5 {
        Some(md5) if Md5::checksum(&list) != md5 => Err(Refusal::md5_mismatch()),
        _ => Ok(list),
    }
}

/// azurite's answer in Azure's words, where they differ.
fn worded(response: Response, had_md5: bool) -> Response {
    let code = response.headers().get("x-ms-error-code");
    match code.and_then(|code| code.to_str().ok()) {
        Some("InvalidOperation") if had_md5 => Refusal::md5_mismatch().into_response(),
        Some("FeatureNotSupported") => Refusal::new(
            StatusCode::NOT_IMPLEMENTED,
            "FeatureNotSupported",
            "The dev stack's Blob Storage, which is azurite, does not do that.",
        )
        .into_response(),
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_block_is_that_of_the_version() {
        for (operation, version, largest) in [
            (Operation::PutBlock, "2017-11-09", 100 * MIB),
            (Operation::PutBlob, "2017-11-09", 256 * MIB),
            (Operation::PutBlock, "2021-08-06", 4000 * MIB),
            (Operation::PutBlob, "2019-12-12", 5000 * MIB),
        ] {
            assert_eq!(operation.largest(version), largest, "{version}");
        }
    }
}
