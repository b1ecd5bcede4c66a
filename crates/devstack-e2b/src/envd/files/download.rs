//! `GET /files`.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use tokio::sync::mpsc;

use super::gzip::{self, Coding};
use super::range::{self, Part};
use super::{FileError, FilesQuery, authorize};
use crate::envd::Envd;
use crate::envd::path::resolve;
use crate::envd::signature::Operation;

const CHUNK: usize = 64 << 10;

pub(super) async fn get(
    State(envd): State<Envd>,
    Query(query): Query<FilesQuery>,
    headers: HeaderMap,
) -> Result<Response, FileError> {
    let account = authorize(&envd, &headers, &query, Operation::Read)?;
    let asked = query.path.unwrap_or_default();
    let path = resolve(&asked, account).map_err(|error| {
        FileError::bad(format!(
            "error expanding and resolving path '{asked}': {error}"
        ))
    })?;
    let found = fs::metadata(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::new(
            StatusCode::NOT_FOUND,
            format!("path '{}' does not exist", path.display()),
        ),
        _ => FileError::internal(format!(
            "error checking if path exists '{}': {error}",
            path.display()
        )),
    })?;
    if found.is_dir() {
        return Err(FileError::bad(format!(
            "path '{}' is a directory",
            path.display()
        )));
    }
    let coding = gzip::accepted(&headers).ok_or_else(|| {
        FileError::new(
            StatusCode::NOT_ACCEPTABLE,
            "no acceptable encoding found, supported: [identity gzip]",
        )
    })?;
    let mut file = File::open(&path).map_err(|error| {
        FileError::internal(format!("error opening file '{}': {error}", path.display()))
    })?;

    let modified = found.modified().unwrap_or(UNIX_EPOCH);
    let mut answer = HeaderMap::new();
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if coding == Coding::Gzip && !range::asked(&headers) {
        answer.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(&path, None)),
        );
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return Ok((
            answer,
            Body::from_stream(gzip::compressed(Box::pin(chunks(file, found.len())))),
        )
            .into_response());
    }

    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(modified)) {
        answer.insert(header::LAST_MODIFIED, date);
    }
    let (status, bytes) = match range::part(&headers, found.len(), modified) {
        Part::NotModified => return Ok((StatusCode::NOT_MODIFIED, answer).into_response()),
        Part::Unsatisfiable => {
            let total = format!("bytes */{}", found.len());
            return Ok((
                StatusCode::RANGE_NOT_SATISFIABLE,
                [(header::CONTENT_RANGE, total)],
                answer,
            )
                .into_response());
        }
        Part::Whole => (StatusCode::OK, 0..found.len()),
        Part::Bytes(bytes) => {
            let shown = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, found.len());
            answer.insert(
                header::CONTENT_RANGE,
                HeaderValue::from_str(&shown).map_err(FileError::internal)?,
            );
            (StatusCode::PARTIAL_CONTENT, bytes)
        }
    };
    let failed = |error: io::Error| {
        FileError::internal(format!("error reading file '{}': {error}", path.display()))
    };
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(&path, Some(&mut file))),
    );
    file.seek(SeekFrom::Start(bytes.start)).map_err(failed)?;
    let length = bytes.end - bytes.start;
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok((status, answer, Body::from_stream(chunks(file, length))).into_response())
}

/// Reads `length` bytes on a thread of its own, at the pace at which they are taken.
fn chunks(mut file: File, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut left = length;
        while left > 0 {
            let mut buffer = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
            let read = match file.read(&mut buffer) {
                Ok(0) => Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file became shorter while it was sent",
                )),
                other => other,
            };
            let last = read.is_err();
            let chunk = read.map(|read| {
                buffer.truncate(read);
                left -= read as u64;
                Bytes::from(buffer)
            });
            if sender.blocking_send(chunk).is_err() || last {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    })
}

/// By extension, else text or binary by the first bytes.
fn content_type(path: &Path, file: Option<&mut File>) -> &'static str {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or("")
        .to_ascii_lowercase();
    match extension.as_str() {
        "css" => "text/css; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "htm" | "html" => "text/html; charset=utf-8",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "xml" => "text/xml; charset=utf-8",
        "zip" => "application/zip",
        _ => {
            let mut head = [0; 512];
            let read = file.and_then(|file| file.read(&mut head).ok());
            match read.and_then(|read| head.get(..read)) {
                Some(head)
                    if !head.iter().any(|byte| {
                        *byte < 0x09 || (0x0e..0x20).contains(byte) && *byte != 0x1b
                    }) =>
                {
                    "text/plain; charset=utf-8"
                }
                _ => "application/octet-stream",
            }
        }
    }
}
