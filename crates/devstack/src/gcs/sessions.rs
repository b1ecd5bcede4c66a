//! Resumable uploads of the JSON API: a session is begun with a token, and its URI then is the
//! permission. What has arrived stays in steps of 256 KiB, however a request ends.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::content_range::ContentRange;
use super::error::Refusal;
use super::hashes::{Announced, Hashing};
use super::object::{About, Headers, resource};
use super::signed::value;
use super::store::GcsStore;
use super::tokens::Right;
use super::{BUCKET, HOST};
use crate::disk::OwnedFile;
use crate::sync::lock;
use crate::{moment, random};

/// What is kept of a chunk that is not the last is a multiple of this.
const STEP: u64 = 256 * 1024;
/// How much is gathered before it is written.
const GATHERED: usize = 1024 * 1024;
/// A session lives for a week.
const LIFE: Duration = Duration::weeks(1);
/// No metadata of an object is larger.
const LARGEST_METADATA: usize = 64 * 1024;

/// Every session of this run, by its id.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

impl Sessions {
    fn begin(&self, session: Session) -> String {
        let id = random::upload_id();
        lock(&self.0).insert(id.clone(), Arc::new(session));
        id
    }

    fn find(&self, id: &str) -> Result<Arc<Session>, Refusal> {
        let found = lock(&self.0).get(id).cloned();
        found.ok_or_else(|| Refusal::text(StatusCode::NOT_FOUND, "Not Found"))
    }

    /// Ends every unfinished session for a key that begins so. Returns how many.
    pub(super) fn end(&self, prefix: &str) -> usize {
        let all = lock(&self.0);
        let hit = all.values().filter(|s| s.key.starts_with(prefix));
        hit.filter(|session| session.end()).count()
    }
}

/// A resumable upload.
#[derive(Debug)]
struct Session {
    key: String,
    headers: Headers,
    announced: Announced,
    begun: OffsetDateTime,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Open(Box<Progress>),
    /// Complete, with the object's resource.
    Done(Value),
    /// Cancelled, expired, or ended by a wrong checksum.
    Over,
}

/// What has arrived.
#[derive(Debug)]
struct Progress {
    file: OwnedFile,
    /// Written at its end; nobody else has it.
    handle: File,
    persisted: u64,
    hashing: Hashing,
    /// The size of the whole, once a request has said it.
    total: Option<u64>,
    /// The request that may write; a later one takes its place.
    writer: u64,
}

/// What a request to a session comes to.
enum Reached {
    /// So many bytes are there.
    Incomplete(u64),
    Complete(Value),
}

impl Session {
    /// Whether it was open.
    fn end(&self) -> bool {
        let mut state = lock(&self.state);
        let was_open = matches!(*state, State::Open(_));
        if was_open {
            *state = State::Over;
        }
        was_open
    }

    fn is_old(&self) -> bool {
        moment::now() >= self.begun + LIFE
    }

    /// Works on an upload that is not complete; `Ok(Err)` is the answer to one that is.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Progress) -> Result<T, Refusal>,
    ) -> Result<Result<T, Value>, Refusal> {
        match &mut *lock(&self.state) {
            State::Open(_) if self.is_old() => Err(gone()),
            State::Open(progress) => work(progress).map(Ok),
            State::Done(resource) => Ok(Err(resource.clone())),
            State::Over => Err(gone()),
        }
    }

    /// Appends to what is there, unless a later request has taken over.
    fn append(&self, writer: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let appended = self.with(|progress| {
            if progress.writer != writer {
                return Err(superseded());
            }
            let written = progress.handle.write_all_at(bytes, progress.persisted);
            written.map_err(|error| Refusal::broken(&error))?;
            progress.hashing.update(bytes);
            progress.persisted += bytes.len() as u64;
            Ok(())
        })?;
        appended.map_err(|_| superseded())
    }
}

fn gone() -> Refusal {
    Refusal::text(StatusCode::GONE, "Gone")
}

fn superseded() -> Refusal {
    let text = "Another request continues this upload.";
    Refusal::text(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// `/upload/storage/v1/b/{bucket}/o`.
pub(super) async fn answer(
    store: &GcsStore,
    bucket: &str,
    request: &Parts,
    body: Body,
) -> Result<Response, Refusal> {
    let query = request.uri.query().unwrap_or_default();
    let is_resumable = value(query, "uploadType").as_deref() == Some("resumable");
    let id = value(query, "upload_id");
    match (&request.method, id) {
        (&Method::POST, None) if is_resumable => begin(store, bucket, request, body).await,
        (&Method::PUT, Some(id)) => {
            let session = store.sessions.find(&id)?;
            let quietly = request.headers.contains_key("x-guploader-no-308");
            let reached = receive(store, &session, &request.headers, body).await?;
            Ok(tell(&id, reached, quietly))
        }
        (&Method::DELETE, Some(id)) => {
            store.sessions.find(&id)?.end();
            // What nginx once called a client that closed its request.
            Ok(StatusCode::from_u16(499)
                .unwrap_or(StatusCode::BAD_REQUEST)
                .into_response())
        }
        _ => Err(Refusal::not_served(request)),
    }
}

/// What the body of the first request may say of the object.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Option<String>,
    content_type: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    cache_control: Option<String>,
    md5_hash: Option<String>,
    crc32c: Option<String>,
}

async fn begin(
    store: &GcsStore,
    bucket: &str,
    parts: &Parts,
    body: Body,
) -> Result<Response, Refusal> {
    let body = axum::body::to_bytes(body, LARGEST_METADATA).await;
    let body = body.map_err(|_| Refusal::bad("The metadata is too long."))?;
    let metadata: Metadata = if body.is_empty() {
        Metadata::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Refusal::bad("Parse Error"))?
    };
    let named = value(parts.uri.query().unwrap_or_default(), "name");
    let (key, other) = match (named, metadata.name) {
        (Some(named), other) => (named, other),
        (None, Some(other)) => (other, None),
        (None, None) => return Err(Refusal::bad("Required: name")),
    };
    if other.is_some_and(|other| other != key) {
        return Err(Refusal::bad("The name of the metadata is another one."));
    }
    store.allow(&parts.headers, Right::Write, bucket, &key)?;
    let text = |name: &str| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let total = text("x-upload-content-length").map(|total| total.parse());
    let total = total
        .transpose()
        .map_err(|_| Refusal::bad("Invalid X-Upload-Content-Length"))?;
    let (file, handle) = store.disk.empty().map_err(|e| Refusal::broken(&e))?;
    let announced = Announced {
        md5: metadata.md5_hash,
        crc32c: metadata.crc32c,
    };
    let id = store.sessions.begin(Session {
        headers: Headers {
            content_type: text("x-upload-content-type").or(metadata.content_type),
            content_disposition: metadata.content_disposition,
            content_encoding: metadata.content_encoding,
            cache_control: metadata.cache_control,
        },
        announced: announced.checked()?,
        begun: moment::now(),
        state: Mutex::new(State::Open(Box::new(Progress {
            file,
            handle,
            persisted: 0,
            hashing: Hashing::new(),
            total,
            writer: 0,
        }))),
        key: key.clone(),
    });
    let name = percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
    let location = format!(
        "https://{HOST}/upload/storage/v1/b/{BUCKET}/o?uploadType=resumable&name={name}&upload_id={id}"
    );
    let mut response = StatusCode::OK.into_response();
    set(response.headers_mut(), LOCATION, &location);
    set(response.headers_mut(), UPLOAD_ID, &id);
    Ok(response)
}

const UPLOAD_ID: HeaderName = HeaderName::from_static("x-guploader-uploadid");

fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn tell(id: &str, reached: Reached, quietly: bool) -> Response {
    let mut response = match reached {
        Reached::Complete(resource) => axum::Json(resource).into_response(),
        Reached::Incomplete(persisted) => {
            let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
            if persisted > 0 {
                let range = format!("bytes=0-{}", persisted - 1);
                set(response.headers_mut(), RANGE, &range);
            }
            if quietly {
                *response.status_mut() = StatusCode::OK;
                let name = HeaderName::from_static("x-http-status-code-override");
                set(response.headers_mut(), name, "308");
            }
            response
        }
    };
    set(response.headers_mut(), UPLOAD_ID, id);
    response
}

/// A `PUT` to a session: bytes, or the question how many are there.
async fn receive(
    store: &GcsStore,
    session: &Arc<Session>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Reached, Refusal> {
    let announced = Announced::from_headers(headers)?.or(session.announced.clone());
    match bytes_of(headers)? {
        Brings::Nothing { total } => {
            let persisted = session.with(|progress| {
                // A wrong total is no reason to refuse a question.
                let is_whole = total == Some(progress.persisted);
                if is_whole && progress.total.is_none_or(|own| Some(own) == total) {
                    progress.total = total;
                }
                Ok((progress.persisted, is_whole && progress.total == total))
            })?;
            match persisted {
                Err(resource) => Ok(Reached::Complete(resource)),
                Ok((_, true)) => finish(store, session, &announced),
                Ok((persisted, false)) => Ok(Reached::Incomplete(persisted)),
            }
        }
        Brings::Bytes {
            first,
            length,
            total,
        } => {
            let claimed = session.with(|progress| claim(progress, first, length, total))?;
            let (writer, known) = match claimed {
                Err(resource) => return Ok(Reached::Complete(resource)),
                Ok(claim) => claim,
            };
            let is_last = total == Some(first + length);
            append(session, writer, body, known, is_last).await?;
            if is_last {
                return finish(store, session, &announced);
            }
            let persisted = session.with(|progress| Ok(progress.persisted))?;
            Ok(persisted.map_or_else(Reached::Complete, Reached::Incomplete))
        }
    }
}

/// What a request brings.
enum Brings {
    Nothing {
        total: Option<u64>,
    },
    Bytes {
        first: u64,
        length: u64,
        total: Option<u64>,
    },
}

fn bytes_of(headers: &HeaderMap) -> Result<Brings, Refusal> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    let sent: Option<u64> = text(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let Some(range) = text(CONTENT_RANGE) else {
        let length = sent.ok_or_else(|| {
            Refusal::text(
                StatusCode::LENGTH_REQUIRED,
                "POST requests require a Content-length header.",
            )
        })?;
        return Ok(Brings::Bytes {
            first: 0,
            length,
            total: Some(length),
        });
    };
    let bad = |text: String| Refusal::text(StatusCode::BAD_REQUEST, text);
    let range = ContentRange::parse(range)
        .ok_or_else(|| bad("Failed to parse Content-Range header.".to_owned()))?;
    let (first, last, total) = match range {
        ContentRange::Query { total } => return Ok(Brings::Nothing { total }),
        ContentRange::Chunk { first, last, total } => (first, last, total),
    };
    let length = last - first + 1;
    if sent.is_some_and(|sent| sent != length) {
        return Err(bad(format!(
            "Invalid request.  There were {} byte(s) in the request body.  There should have been \
             {length} byte(s) (starting at offset {first} and ending at offset {last}) according to \
             the Content-Range header.",
            sent.unwrap_or_default()
        )));
    }
    if total != Some(last + 1) && length < STEP {
        return Err(bad(format!(
            "Invalid request.  The number of bytes uploaded is required to be equal or greater than \
             {STEP}, except for the final request (it's recommended to be the exact multiple of \
             {STEP}).  The received request contained {length} bytes, which does not meet this \
             requirement."
        )));
    }
    Ok(Brings::Bytes {
        first,
        length,
        total,
    })
}

/// Takes over the writing; returns the writer, and how many of its bytes are there already.
fn claim(
    progress: &mut Progress,
    first: u64,
    length: u64,
    total: Option<u64>,
) -> Result<(u64, u64), Refusal> {
    if first > progress.persisted {
        let text = format!(
            "Invalid request.  According to the Content-Range header, the upload offset is {first} \
             byte(s), which exceeds already uploaded size of {} byte(s).",
            progress.persisted
        );
        return Err(Refusal::text(StatusCode::SERVICE_UNAVAILABLE, text));
    }
    let end = first + length;
    if let Some(known) = progress.total
        && (total.is_some_and(|total| total != known) || end > known)
    {
        let text = format!("Invalid request.  The size of the upload was said to be {known}.");
        return Err(Refusal::text(StatusCode::BAD_REQUEST, text));
    }
    progress.total = progress.total.or(total);
    progress.writer += 1;
    Ok((progress.writer, progress.persisted - first))
}

/// Reads a body into the session, without the `known` bytes at its begin.
async fn append(
    session: &Arc<Session>,
    writer: u64,
    body: Body,
    known: u64,
    is_last: bool,
) -> Result<(), Refusal> {
    let mut skip = usize::try_from(known).unwrap_or(usize::MAX);
    let mut gathered: Vec<u8> = Vec::with_capacity(GATHERED);
    let mut pieces = body.into_data_stream();
    let mut broken = false;
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            broken = true;
            break;
        };
        let skipped = skip.min(piece.len());
        skip -= skipped;
        gathered.extend_from_slice(piece.get(skipped..).unwrap_or_default());
        if gathered.len() >= GATHERED {
            gathered = write(session, writer, gathered, Cut::AtStep).await?;
        }
    }
    let cut = if is_last && !broken {
        Cut::Nowhere
    } else {
        Cut::AtStep
    };
    write(session, writer, gathered, cut).await?;
    if broken {
        return Err(Refusal::bad("The request was not read to its end."));
    }
    Ok(())
}

/// How much of what has come is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Whole steps.
    AtStep,
    /// All.
    Nowhere,
}

/// Writes to the session; returns what has to wait.
async fn write(
    session: &Arc<Session>,
    writer: u64,
    mut bytes: Vec<u8>,
    cut: Cut,
) -> Result<Vec<u8>, Refusal> {
    let step = usize::try_from(STEP).unwrap_or(usize::MAX);
    let kept = match cut {
        Cut::AtStep => bytes.len() - bytes.len() % step,
        Cut::Nowhere => bytes.len(),
    };
    let rest = bytes.split_off(kept);
    let session = Arc::clone(session);
    let written = tokio::task::spawn_blocking(move || session.append(writer, &bytes)).await;
    written.map_err(|error| Refusal::broken(&std::io::Error::other(error)))??;
    Ok(rest)
}

/// Makes the object of what is there.
fn finish(store: &GcsStore, session: &Session, announced: &Announced) -> Result<Reached, Refusal> {
    let mut state = lock(&session.state);
    match std::mem::replace(&mut *state, State::Over) {
        State::Open(progress) if progress.total == Some(progress.persisted) => {
            let hashes = progress.hashing.finish();
            announced.check(&hashes)?;
            let about = About::new(session.headers.clone(), hashes);
            let stored = store.disk.keep(&session.key, progress.file, about);
            let stored = stored.map_err(|error| Refusal::broken(&error))?;
            let resource = resource(&session.key, &stored);
            *state = State::Done(resource.clone());
            Ok(Reached::Complete(resource))
        }
        State::Open(progress) => {
            let persisted = progress.persisted;
            *state = State::Open(progress);
            Ok(Reached::Incomplete(persisted))
        }
        State::Done(resource) => {
            *state = State::Done(resource.clone());
            Ok(Reached::Complete(resource))
        }
        State::Over => Err(gone()),
    }
}
