//! Content codings of `/files`: gzip, or none.

use std::io::{self, Write as _};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::{GzEncoder, MultiGzDecoder};
use futures::{Stream, StreamExt as _, stream};

use super::FileError;

/// The request body without its content coding.
pub(super) fn decoded(headers: &HeaderMap, body: Body) -> Result<Body, FileError> {
    let coding = headers
        .get(header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" => Ok(Body::from_stream(gunzip(body))),
        other => Err(FileError::bad(format!(
            "error decompressing request body: unsupported encoding: {other}"
        ))),
    }
}

fn gunzip(body: Body) -> impl Stream<Item = io::Result<Bytes>> {
    let start = (
        body.into_data_stream(),
        Some(MultiGzDecoder::new(Vec::new())),
    );
    stream::try_unfold(start, |(mut body, decoder)| async move {
        let Some(mut decoder) = decoder else {
            return Ok(None);
        };
        loop {
            match body.next().await {
                Some(chunk) => {
                    decoder.write_all(&chunk.map_err(io::Error::other)?)?;
                    let plain = std::mem::take(decoder.get_mut());
                    if !plain.is_empty() {
                        return Ok(Some((Bytes::from(plain), (body, Some(decoder)))));
                    }
                }
                None => return Ok(Some((Bytes::from(decoder.finish()?), (body, None)))),
            }
        }
    })
}

/// Compresses a stream of chunks.
pub(super) fn compressed(
    chunks: impl Stream<Item = io::Result<Bytes>> + Send + Unpin,
) -> impl Stream<Item = io::Result<Bytes>> {
    let start = (
        chunks,
        Some(GzEncoder::new(Vec::new(), Compression::default())),
    );
    stream::try_unfold(start, |(mut chunks, encoder)| async move {
        let Some(mut encoder) = encoder else {
            return Ok(None);
        };
        loop {
            match chunks.next().await {
                Some(chunk) => {
                    encoder.write_all(&chunk?)?;
                    let packed = std::mem::take(encoder.get_mut());
                    if !packed.is_empty() {
                        return Ok(Some((Bytes::from(packed), (chunks, Some(encoder)))));
                    }
                }
                None => return Ok(Some((Bytes::from(encoder.finish()?), (chunks, None)))),
            }
        }
    })
}

/// How a download may be coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
}

/// Picks from `Accept-Encoding`; `None` when it forbids both.
pub(super) fn accepted(headers: &HeaderMap) -> Option<Coding> {
    let Some(accepted) = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
    else {
        return Some(Coding::Identity);
    };
    let weight = |wanted: &str| {
        accepted.split(',').find_map(|choice| {
            let (name, parameters) = choice.split_once(';').unwrap_or((choice, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| weight.unwrap_or(1.0))
        })
    };
    let (gzip, identity, any) = (weight("gzip"), weight("identity"), weight("*"));
    if gzip.is_some_and(|weight| weight > 0.0 && weight >= identity.unwrap_or(0.0)) {
        return Some(Coding::Gzip);
    }
    (identity
        .or(any.filter(|weight| *weight == 0.0))
        .unwrap_or(1.0)
        > 0.0)
        .then_some(Coding::Identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_follows_accept_encoding() {
        for (accept, expected) in [
            (None, Some(Coding::Identity)),
            (Some("gzip, deflate, br, zstd"), Some(Coding::Gzip)),
            (Some("br"), Some(Coding::Identity)),
            (Some("gzip;q=0"), Some(Coding::Identity)),
            (Some("gzip;q=0.1, identity"), Some(Coding::Identity)),
            (Some("identity;q=0"), None),
            (Some("*;q=0"), None),
            (Some("gzip, *;q=0"), Some(Coding::Gzip)),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            }
            assert_eq!(accepted(&headers), expected, "{accept:?}");
        }
    }

    #[tokio::test]
    async fn what_is_compressed_comes_back_whole() {
        let text = "a,b\n".repeat(100_000);
        let chunks = text
            .as_bytes()
            .chunks(10_000)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect::<Vec<_>>();
        let packed = Body::from_stream(compressed(stream::iter(chunks)));
        let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, "gzip".parse().unwrap())]);
        let plain = axum::body::to_bytes(decoded(&headers, packed).unwrap(), usize::MAX)
            .await
            .unwrap();
        assert!(plain == text.as_bytes());
        let truncated = Body::from(vec![0x1f, 0x8b, 8]);
        assert!(
            axum::body::to_bytes(decoded(&headers, truncated).unwrap(), usize::MAX)
                .await
                .is_err()
        );
    }
}
