//! `/files`: upload, download and joining of files over plain HTTP (`reference/e2b.md` §3.3).

pub(crate) mod attributes;
mod compose;
mod download;
mod gzip;
mod range;
mod upload;

use std::path::Path;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::Envd;
use super::account::{Account, DEFAULT_USER};
use super::signature::{self, Operation, Signed};
use crate::service::Version;

/// Adds the calls.
pub(super) fn routes(router: axum::Router<Envd>, version: Version) -> axum::Router<Envd> {
    use axum::routing::post;
    let router = router.route("/files", post(upload::post).get(download::get));
    if version.has_compose() {
        router.route("/files/compose", post(compose::post))
    } else {
        router
    }
}

/// Query of `/files`, kept as sent because a signature covers it.
#[derive(Debug, Default, Deserialize)]
struct FilesQuery {
    path: Option<String>,
    username: Option<String>,
    signature: Option<String>,
    signature_expiration: Option<i64>,
}

/// An answer of the form `{code, message}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileError {
    status: StatusCode,
    message: String,
}

impl FileError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> FileError {
        FileError {
            status,
            message: message.into(),
        }
    }

    fn bad(message: impl std::fmt::Display) -> FileError {
        FileError::new(StatusCode::BAD_REQUEST, message.to_string())
    }

    fn internal(message: impl std::fmt::Display) -> FileError {
        FileError::new(StatusCode::INTERNAL_SERVER_ERROR, message.to_string())
    }
}

impl IntoResponse for FileError {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.status.as_u16(), "message": self.message });
        (self.status, axum::Json(body)).into_response()
    }
}

/// Checks token or signature, then finds the account.
fn authorize(
    envd: &Envd,
    headers: &HeaderMap,
    query: &FilesQuery,
    operation: Operation,
) -> Result<Account, FileError> {
    let call = Signed {
        path: query.path.as_deref().unwrap_or(""),
        operation,
        username: query.username.as_deref(),
        signature: query.signature.as_deref(),
        expiration: query.signature_expiration,
    };
    let token = envd.told.access_token();
    signature::verify(token.as_ref(), headers, call, envd.told.now())
        .map_err(|error| FileError::new(StatusCode::UNAUTHORIZED, error.to_string()))?;
    account(envd.config.version, query.username.as_deref())
}

fn account(version: Version, username: Option<&str>) -> Result<Account, FileError> {
    if username.is_none() && !version.has_default_user() {
        return Err(FileError::bad(
            "Query argument username is required, but not found",
        ));
    }
    let name = username
        .filter(|name| !name.is_empty())
        .unwrap_or(DEFAULT_USER);
    Account::named(name).ok_or_else(|| {
        FileError::new(
            StatusCode::UNAUTHORIZED,
            format!("error looking up user '{name}': user: unknown user {name}"),
        )
    })
}

fn base_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "/".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
