//! `POST /files/compose`: joins uploaded parts into one file.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::upload::not_written;
use super::{FileError, account, base_name};
use crate::envd::Envd;
use crate::envd::account::Account;
use crate::envd::config::{Config, Ids};
use crate::envd::path::{ensure_directories, give, resolve};
use crate::random;

#[derive(Debug, Deserialize)]
struct Compose {
    #[serde(default)]
    source_paths: Vec<String>,
    #[serde(default)]
    destination: String,
    username: Option<String>,
}

pub(super) async fn post(State(envd): State<Envd>, body: Body) -> Result<Response, FileError> {
    let body = axum::body::to_bytes(body, 16 << 20)
        .await
        .map_err(FileError::bad)?;
    let request: Compose = serde_json::from_slice(&body)
        .map_err(|error| FileError::bad(format!("invalid request body: {error}")))?;
    let config = envd.config.clone();
    let path = tokio::task::spawn_blocking(move || compose(&request, &config))
        .await
        .map_err(FileError::internal)??;
    let answer =
        json!({ "path": path.to_string_lossy(), "name": base_name(&path), "type": "file" });
    Ok(axum::Json(answer).into_response())
}

fn compose(request: &Compose, config: &Config) -> Result<PathBuf, FileError> {
    let ids = config.ids;
    if request.source_paths.is_empty() {
        return Err(FileError::bad("source_paths must not be empty"));
    }
    if request.destination.is_empty() {
        return Err(FileError::bad("destination is required"));
    }
    let account = account(config.version, request.username.as_deref())?;
    let destination = resolve(&request.destination, account)
        .map_err(|error| FileError::bad(format!("error resolving destination path: {error}")))?;
    let sources = request
        .source_paths
        .iter()
        .map(|source| checked(source, &destination, account))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(parent) = destination.parent() {
        ensure_directories(parent, account, ids)
            .map_err(|error| FileError::internal(format!("error ensuring directories: {error}")))?;
    }
    // What was at the destination stays until the whole is there.
    let mut name = destination.clone().into_os_string();
    name.push(format!(".e2b-compose.{}.tmp", random::lowercase(20)));
    let temporary = PathBuf::from(name);
    let joined = join(&sources, &temporary, account, ids).and_then(|()| {
        fs::rename(&temporary, &destination)
            .map_err(|error| FileError::internal(format!("error finalizing compose: {error}")))
    });
    if joined.is_err() {
        // It may not exist; either way it must not stay.
        let _ = fs::remove_file(&temporary);
    }
    joined?;
    for source in &sources {
        // A part that cannot be removed is litter, not a failed compose.
        let _ = fs::remove_file(source);
    }
    Ok(destination)
}

fn checked(source: &str, destination: &Path, account: Account) -> Result<PathBuf, FileError> {
    let path = resolve(source, account).map_err(|error| {
        FileError::bad(format!("error resolving source path {source:?}: {error}"))
    })?;
    if path == destination {
        return Err(FileError::bad(format!(
            "source path {source:?} cannot be the same as destination"
        )));
    }
    let found = fs::metadata(&path).map_err(|_| {
        FileError::new(
            StatusCode::NOT_FOUND,
            format!("source file not found: {source}"),
        )
    })?;
    if !found.is_file() {
        return Err(FileError::bad(format!(
            "source path is not a regular file: {source}"
        )));
    }
    Ok(path)
}

fn join(
    sources: &[PathBuf],
    temporary: &Path,
    account: Account,
    ids: Ids,
) -> Result<(), FileError> {
    let mut output = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(temporary)
        .map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => not_written(&error, None),
            _ => FileError::internal(format!("error creating destination file: {error}")),
        })?;
    give(temporary, account, ids)
        .map_err(|error| FileError::internal(format!("error changing file ownership: {error}")))?;
    for source in sources {
        let mut input = fs::File::open(source).map_err(|error| {
            FileError::internal(format!(
                "error opening source file {}: {error}",
                source.display()
            ))
        })?;
        // `io::copy` between files is a kernel copy on Linux.
        io::copy(&mut input, &mut output).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => not_written(&error, None),
            _ => FileError::internal(format!(
                "error composing source {}: {error}",
                source.display()
            )),
        })?;
    }
    Ok(())
}
