//! `POST /files`: one raw body, or a form whose `file` parts are files.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequest as _, Multipart, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt as _, stream};
use serde::Serialize;
use tokio::sync::mpsc;

use super::{FileError, FilesQuery, attributes, authorize, base_name, gzip};
use crate::envd::Envd;
use crate::envd::account::Account;
use crate::envd::config::Ids;
use crate::envd::path::{ensure_directories, give, resolve};
use crate::envd::signature::Operation;

/// One written file, as it is told.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) path: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

/// What is the same for every file of one request.
struct Target {
    account: Account,
    ids: Ids,
    metadata: BTreeMap<String, String>,
    announced: Option<u64>,
}

pub(super) async fn post(
    State(envd): State<Envd>,
    Query(query): Query<FilesQuery>,
    request: Request,
) -> Result<Response, FileError> {
    let (parts, body) = request.into_parts();
    let account = authorize(&envd, &parts.headers, &query, Operation::Write)?;
    let target = Target {
        account,
        ids: envd.config.ids,
        metadata: attributes::from_headers(&parts.headers)?,
        announced: number(&parts.headers),
    };
    let body = gzip::decoded(&parts.headers, body)?;
    let sent = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_owned();
    let kind = sent
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    let written = if kind == "application/octet-stream" && envd.config.version.has_raw_upload() {
        let path = query.path.ok_or_else(|| {
            FileError::bad("path query parameter is required for raw body upload")
        })?;
        vec![
            target
                .write(
                    &path,
                    body.into_data_stream()
                        .map(|chunk| chunk.map_err(io::Error::other)),
                )
                .await?,
        ]
    } else if kind.starts_with("multipart/") {
        let (body, rest) = RestOfBody::of(body);
        let written = form(
            &target,
            query.path.as_deref(),
            Request::from_parts(parts, body),
        )
        .await?;
        rest.drain().await;
        written
    } else {
        return Err(FileError::bad(format!(
            "unsupported content type: {sent}, expected multipart/form-data or application/octet-stream"
        )));
    };
    // The service sets no content type here, so its answer is told as text; clients parse it anyway.
    let json = serde_json::to_string(&written).map_err(FileError::internal)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], json).into_response())
}

/// What the form's parser leaves unread: it stops at the last boundary, and a connection that is
/// closed with the end of a chunked body still on its way breaks the answer.
#[derive(Clone)]
struct RestOfBody(Arc<Mutex<BodyDataStream>>);

impl RestOfBody {
    fn of(body: Body) -> (Body, Self) {
        let rest = Self(Arc::new(Mutex::new(body.into_data_stream())));
        (Body::from_stream(rest.clone()), rest)
    }

    async fn drain(mut self) {
        while let Some(Ok(_)) = self.next().await {}
    }
}

impl Stream for RestOfBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Only one of the two readers is ever polled; a poisoned lock still holds the stream.
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.poll_next_unpin(context)
    }
}

fn number(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn form(
    target: &Target,
    path: Option<&str>,
    request: Request,
) -> Result<Vec<Written>, FileError> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| FileError::internal(format!("error parsing multipart form: {error}")))?;
    let mut written: Vec<Written> = Vec::new();
    loop {
        let field = form
            .next_field()
            .await
            .map_err(|error| FileError::internal(format!("error reading form: {error}")))?;
        let Some(field) = field else {
            return Ok(written);
        };
        if field.name() != Some("file") {
            continue;
        }
        // The whole file name is the destination, directories and all.
        let asked = match path.or(field.file_name()) {
            Some(asked) => asked.to_owned(),
            None => {
                return Err(FileError::bad(
                    "error getting multipart custom part file name: filename not found in Content-Disposition header",
                ));
            }
        };
        let destination = target.resolve(&asked)?;
        if written
            .iter()
            .any(|earlier| Path::new(&earlier.path) == destination)
        {
            return Err(FileError::bad(format!(
                "you cannot upload multiple files to the same path '{}' in one upload request, only the first specified file was uploaded",
                destination.display()
            )));
        }
        let chunks = stream::try_unfold(field, |mut field| async move {
            Ok(field
                .chunk()
                .await
                .map_err(io::Error::other)?
                .map(|chunk| (chunk, field)))
        });
        written.push(target.write_to(destination, chunks).await?);
    }
}

impl Target {
    fn resolve(&self, asked: &str) -> Result<PathBuf, FileError> {
        resolve(asked, self.account)
            .map_err(|error| FileError::bad(format!("error resolving path: {error}")))
    }

    async fn write(
        &self,
        asked: &str,
        chunks: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<Written, FileError> {
        self.write_to(self.resolve(asked)?, chunks).await
    }

    /// Writes on a thread of its own. The file is truncated first: an upload that breaks off leaves
    /// what had come.
    async fn write_to(
        &self,
        path: PathBuf,
        chunks: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<Written, FileError> {
        let (sender, mut receiver) = mpsc::channel::<Bytes>(8);
        let (account, ids, announced) = (self.account, self.ids, self.announced);
        let (destination, metadata) = (path.clone(), self.metadata.clone());
        let writer = tokio::task::spawn_blocking(move || {
            let mut file = open(&destination, account, ids)?;
            while let Some(chunk) = receiver.blocking_recv() {
                file.write_all(&chunk)
                    .map_err(|error| not_written(&error, announced))?;
            }
            attributes::write(&destination, &metadata).map_err(|error| {
                FileError::internal(format!("error writing file metadata: {error}"))
            })
        });
        let mut chunks = std::pin::pin!(chunks);
        let mut broken = None;
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => {
                    // The writer stops early only with an error, which it tells below.
                    if sender.send(chunk).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        drop(sender);
        writer.await.map_err(FileError::internal)??;
        if let Some(error) = broken {
            return Err(FileError::internal(format!("error writing file: {error}")));
        }
        Ok(Written {
            name: base_name(&path),
            path: path.to_string_lossy().into_owned(),
            kind: "file",
            metadata: self.metadata.clone(),
        })
    }
}

/// Opens for overwriting, with parents, as root; the file belongs to the account.
fn open(path: &Path, account: Account, ids: Ids) -> Result<fs::File, FileError> {
    if let Some(parent) = path.parent() {
        ensure_directories(parent, account, ids)
            .map_err(|error| FileError::internal(format!("error ensuring directories: {error}")))?;
    }
    if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        return Err(FileError::bad(format!(
            "path is a directory: {}",
            path.display()
        )));
    }
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => FileError::new(
                StatusCode::INSUFFICIENT_STORAGE,
                format!("not enough inodes available: {error}"),
            ),
            _ => FileError::internal(format!("error opening file: {error}")),
        })?;
    give(path, account, ids)
        .map_err(|error| FileError::internal(format!("error changing file ownership: {error}")))?;
    Ok(file)
}

pub(super) fn not_written(error: &io::Error, announced: Option<u64>) -> FileError {
    match (error.kind(), announced) {
        (io::ErrorKind::StorageFull, Some(bytes)) => FileError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            format!("attempted to write {bytes} bytes: not enough disk space available"),
        ),
        (io::ErrorKind::StorageFull, None) => FileError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "not enough disk space available",
        ),
        _ => FileError::internal(format!("error writing file: {error}")),
    }
}
