//! The Connect protocol, JSON codec: envelopes of streams, errors of both kinds, and the checks on a
//! request (`reference/e2b.md` §3.5, §3.7).

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, BufMut, BytesMut};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Largest envelope or unary message that we read, in bytes.
const MAX_MESSAGE: usize = 64 << 20;
const COMPRESSED: u8 = 0x01;
const END: u8 = 0x02;

/// The codes of Connect that envd uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Unimplemented,
    Internal,
    Unauthenticated,
}

impl Code {
    const fn word(self) -> &'static str {
        match self {
            Code::Unknown => "unknown",
            Code::InvalidArgument => "invalid_argument",
            Code::DeadlineExceeded => "deadline_exceeded",
            Code::NotFound => "not_found",
            Code::AlreadyExists => "already_exists",
            Code::FailedPrecondition => "failed_precondition",
            Code::Unimplemented => "unimplemented",
            Code::Internal => "internal",
            Code::Unauthenticated => "unauthenticated",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Code::Unknown | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Code::InvalidArgument | Code::FailedPrecondition => StatusCode::BAD_REQUEST,
            Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::AlreadyExists => StatusCode::CONFLICT,
            Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        }
    }
}

/// An error of one call. As a response it is the unary form; streams carry it in their end frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl RpcError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> RpcError {
        RpcError {
            code,
            message: message.into(),
        }
    }

    fn json(&self) -> Value {
        json!({ "code": self.code.word(), "message": self.message })
    }
}

impl IntoResponse for RpcError {
    fn into_response(self) -> Response {
        (self.code.status(), axum::Json(self.json())).into_response()
    }
}

/// One message of a stream.
pub(crate) fn data_frame(json: &[u8]) -> Bytes {
    frame(0, json)
}

/// The frame that ends a stream; without it the stream counts as broken.
pub(crate) fn end_frame(error: Option<&RpcError>) -> Bytes {
    match error {
        None => frame(END, b"{}"),
        Some(error) => frame(END, json!({ "error": error.json() }).to_string().as_bytes()),
    }
}

fn frame(flags: u8, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + 5);
    out.put_u8(flags);
    // A payload is at most one output chunk or one directory entry; it never nears 4 GiB.
    out.put_u32(u32::try_from(payload.len()).unwrap_or(u32::MAX));
    out.put_slice(payload);
    out.freeze()
}

/// Takes envelopes out of bytes that arrive in any pieces.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    buffer: BytesMut,
}

impl FrameReader {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, `None` when more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, RpcError> {
        let Some((&[flags, a, b, c, d], _)) = self.buffer.split_first_chunk::<5>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if flags & COMPRESSED != 0 {
            return Err(invalid(
                "protocol error: sent compressed message without compression support",
            ));
        }
        if flags != 0 {
            return Err(invalid(format!(
                "protocol error: invalid envelope flags {flags}"
            )));
        }
        if length > MAX_MESSAGE {
            return Err(invalid(format!(
                "message size {length} is larger than configured max {MAX_MESSAGE}"
            )));
        }
        if self.buffer.len() < 5 + length {
            return Ok(None);
        }
        self.buffer.advance(5);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    /// Whether bytes of an unfinished envelope are left.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

fn invalid(message: impl Into<String>) -> RpcError {
    RpcError::new(Code::InvalidArgument, message)
}

/// Why a call gets no stream and no unary answer of its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Error(RpcError),
    /// The request is not of this content type.
    MediaType(&'static str),
}

impl From<RpcError> for Refusal {
    fn from(error: RpcError) -> Refusal {
        Refusal::Error(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Error(error) => error.into_response(),
            Refusal::MediaType(expected) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                [("accept-post", expected)],
            )
                .into_response(),
        }
    }
}

/// Reads the body of a unary call.
pub(crate) async fn unary<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refusal> {
    require_type(headers, "application/json")?;
    Ok(parse(&whole(body).await?)?)
}

/// Reads the single envelope of a server-streaming call. The inner error belongs into the stream.
pub(crate) async fn single<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<Result<T, RpcError>, Refusal> {
    require_type(headers, "application/connect+json")?;
    Ok(read_single(body).await)
}

async fn read_single<T: DeserializeOwned>(body: Body) -> Result<T, RpcError> {
    let mut reader = FrameReader::default();
    reader.push(&whole(body).await?);
    let message = reader
        .next()?
        .ok_or_else(|| invalid("protocol error: incomplete envelope"))?;
    if !reader.is_empty() {
        return Err(RpcError::new(
            Code::Unimplemented,
            "unary request has multiple messages",
        ));
    }
    parse(&message)
}

async fn whole(body: Body) -> Result<Bytes, RpcError> {
    axum::body::to_bytes(body, MAX_MESSAGE)
        .await
        .map_err(|error| invalid(format!("read request: {error}")))
}

/// Parses one JSON message; unknown fields are ignored, wrong types are not.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RpcError> {
    if bytes.is_empty() {
        return Err(invalid("zero-length payload is not a valid JSON object"));
    }
    serde_json::from_slice(bytes).map_err(|error| invalid(format!("unmarshal message: {error}")))
}

pub(crate) fn require_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Refusal> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let sent = sent.split(';').next().unwrap_or("").trim();
    if !sent.eq_ignore_ascii_case(expected) {
        return Err(Refusal::MediaType(expected));
    }
    match headers.get("connect-protocol-version") {
        Some(version) if version != "1" => {
            let sent = version.to_str().unwrap_or("");
            Err(invalid(format!(
                "connect-protocol-version must be \"1\": got {sent:?}"
            ))
            .into())
        }
        _ => Ok(()),
    }
}

/// `Connect-Timeout-Ms`; absent and 0 mean no limit.
pub(crate) fn timeout(headers: &HeaderMap) -> Result<Option<std::time::Duration>, RpcError> {
    let Some(value) = headers
        .get("connect-timeout-ms")
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(None);
    };
    let milliseconds: u64 = value.parse().map_err(|_| {
        invalid(format!(
            "protocol error: invalid timeout {value:?}: it is a number of milliseconds"
        ))
    })?;
    Ok((milliseconds > 0).then(|| std::time::Duration::from_millis(milliseconds)))
}

/// Seconds of silence after which a stream sends a keepalive (default 90).
pub(crate) fn keepalive(headers: &HeaderMap) -> std::time::Duration {
    let seconds = headers
        .get("keepalive-ping-interval")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .filter(|seconds| *seconds > 0)
        .unwrap_or(90);
    std::time::Duration::from_secs(seconds)
}

/// A stream of frames as a response. Dropping of the body by the client drops the receiver.
pub(crate) fn stream(frames: mpsc::Receiver<Bytes>) -> Response {
    let frames = futures::stream::unfold(frames, |mut frames| async move {
        frames.recv().await.map(|frame| (frame, frames))
    });
    let mut response =
        Body::from_stream(frames.map(Ok::<_, std::convert::Infallible>)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/connect+json"),
    );
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// A stream that only ends, with an error.
pub(crate) fn failed_stream(error: &RpcError) -> Response {
    let (sender, frames) = mpsc::channel(1);
    // The channel has room for the one frame and its receiver is in our hands.
    let _ = sender.try_send(end_frame(Some(error)));
    stream(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn frames_agree_with_the_reference_vectors() {
        assert_eq!(
            hex(&data_frame(br#"{"process":{"pid":7}}"#)),
            "00000000157b2270726f63657373223a7b22706964223a377d7d"
        );
        assert_eq!(hex(&end_frame(None)), "02000000027b7d");
        let error = end_frame(Some(&RpcError::new(Code::NotFound, "x")));
        assert_eq!(hex(error.get(..5).unwrap()), "020000002c");
        assert_eq!(
            error.get(5..).unwrap(),
            br#"{"error":{"code":"not_found","message":"x"}}"#
        );
    }

    #[test]
    fn a_reader_finds_the_messages_however_the_bytes_are_cut() {
        let bytes = [data_frame(b"{}"), data_frame(br#"{"a":1}"#)].concat();
        for cut in 0..bytes.len() {
            let (left, right) = bytes.split_at(cut);
            let mut reader = FrameReader::default();
            let mut found = Vec::new();
            for piece in [left, right] {
                reader.push(piece);
                while let Some(message) = reader.next().unwrap() {
                    found.push(message);
                }
            }
            assert_eq!(found, [&b"{}"[..], br#"{"a":1}"#], "cut at {cut}");
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn compressed_and_unknown_envelopes_are_refused() {
        for flags in [0x01, 0x02, 0x80] {
            let mut reader = FrameReader::default();
            reader.push(&frame(flags, b"{}"));
            assert_eq!(
                reader.next().unwrap_err().code,
                Code::InvalidArgument,
                "{flags}"
            );
        }
    }
}
