//! A Python package index (PEP 503) over a folder of wheels and source archives, so that sandboxes
//! install packages without the internet.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::hosts::PACKAGES_HOST;
use crate::sync::lock;

/// The folder, and the hashes that were already computed.
#[derive(Debug)]
struct Index {
    folder: Option<PathBuf>,
    hashes: Mutex<HashMap<String, String>>,
}

/// The address that `pip` and `uv` take as their index.
pub(crate) fn index_url() -> String {
    format!("https://{PACKAGES_HOST}/simple/")
}

/// The index over `folder`; empty without one.
pub(crate) fn router(folder: Option<PathBuf>) -> Router {
    Router::new()
        .route("/simple/", get(projects))
        .route("/simple/{name}", get(slash))
        .route("/simple/{name}/", get(project))
        .route("/files/{file}", get(file))
        .with_state(Arc::new(Index {
            folder,
            hashes: Mutex::default(),
        }))
}

impl Index {
    /// Names of all distributions in the folder.
    fn files(&self) -> Vec<String> {
        let entries = self
            .folder
            .as_ref()
            .and_then(|folder| std::fs::read_dir(folder).ok());
        let names = entries.into_iter().flatten().flatten();
        let mut names: Vec<String> = names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.ends_with(".whl") || name.ends_with(".tar.gz"))
            .collect();
        names.sort();
        names
    }

    fn hash(&self, name: &str) -> Option<String> {
        if let Some(known) = lock(&self.hashes).get(name) {
            return Some(known.clone());
        }
        let bytes = std::fs::read(self.folder.as_ref()?.join(name)).ok()?;
        let hash: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        lock(&self.hashes).insert(name.to_owned(), hash.clone());
        Some(hash)
    }
}

async fn projects(State(index): State<Arc<Index>>) -> Html<String> {
    let mut names: Vec<String> = index.files().iter().map(|file| project_of(file)).collect();
    names.dedup();
    let links: String = names
        .iter()
        .map(|n| format!("<a href=\"/simple/{n}/\">{n}</a><br>\n"))
        .collect();
    Html(format!(
        "<!DOCTYPE html><html><body>\n{links}</body></html>\n"
    ))
}

async fn slash(UrlPath(name): UrlPath<String>) -> Redirect {
    Redirect::permanent(&format!("/simple/{}/", normalized(&name)))
}

async fn project(State(index): State<Arc<Index>>, UrlPath(name): UrlPath<String>) -> Response {
    let wanted = normalized(&name);
    let files: Vec<String> = index
        .files()
        .into_iter()
        .filter(|file| project_of(file) == wanted)
        .collect();
    if files.is_empty() {
        let text = format!("{name} is not among the dev stack's wheels.\n");
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    let link = |file: &String| {
        let hash = index.hash(file).unwrap_or_default();
        let href = utf8_percent_encode(file, NON_ALPHANUMERIC);
        format!("<a href=\"/files/{href}#sha256={hash}\">{file}</a><br>\n")
    };
    let links: String = files.iter().map(link).collect();
    Html(format!(
        "<!DOCTYPE html><html><body>\n{links}</body></html>\n"
    ))
    .into_response()
}

async fn file(State(index): State<Arc<Index>>, UrlPath(name): UrlPath<String>) -> Response {
    // Only what the folder lists is served, so a name cannot lead out of it.
    let known = index.files().contains(&name);
    let Some(folder) = index.folder.as_ref().filter(|_| known) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(Path::new(folder).join(&name)).await {
        Ok(bytes) => (
            [(CONTENT_TYPE, "application/octet-stream")],
            Body::from(bytes),
        )
            .into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The project of a distribution's file name: the part before the version.
fn project_of(file: &str) -> String {
    let stem = file.strip_suffix(".tar.gz");
    let name = match stem {
        // A source archive: the version is behind the last dash.
        Some(stem) => stem.rsplit_once('-').map_or(stem, |(name, _)| name),
        None => file.split('-').next().unwrap_or(file),
    };
    normalized(name)
}

/// PEP 503: lower case, and one dash for any run of `-`, `_` and `.`.
fn normalized(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_of_a_file_is_its_normalized_name() {
        for (file, project) in [
            (
                "keboola_component-1.11.0-py3-none-any.whl",
                "keboola-component",
            ),
            ("keboola.component-1.6.8.tar.gz", "keboola-component"),
            (
                "pandas-2.2.0-cp312-cp312-manylinux_2_17_x86_64.whl",
                "pandas",
            ),
            ("backports.zoneinfo-0.2.1.tar.gz", "backports-zoneinfo"),
        ] {
            assert_eq!(project_of(file), project);
        }
    }
}
