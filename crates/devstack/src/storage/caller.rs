//! Who calls, in which project and branch: the first check of every call but the index.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::error::StorageError;
use crate::project::Project;
use crate::project::token::Token;
use crate::provider::Provider;
use crate::sync::lock;
use crate::world::World;

/// A caller with a valid token.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) project: u64,
    /// Whose cloud the project's files lie in.
    pub(crate) provider: Provider,
    pub(crate) token: Token,
    /// The branch of the path; production when the path names none.
    pub(crate) branch: u64,
    /// The host that the call was made to, for URLs in the answer.
    pub(crate) host: String,
    pub(crate) run_id: Option<String>,
}

impl Caller {
    /// Works on the caller's project.
    pub(crate) fn with<T>(
        &self,
        world: &World,
        work: impl FnOnce(&mut Project) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut projects = lock(&world.projects);
        let project = projects.iter_mut().find(|p| p.id == self.project);
        work(project.ok_or_else(StorageError::invalid_token)?)
    }
}

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = StorageError;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, StorageError> {
        let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok());
        let sent = header("x-storageapi-token").unwrap_or_default().to_owned();
        let run_id = header("x-kbc-runid").map(str::to_owned);
        let host = host(&parts.headers);
        if sent.is_empty() {
            let text = "Access token must be set";
            return Err(StorageError::new(
                StatusCode::UNAUTHORIZED,
                "storage.tokenNotSet",
                text,
            ));
        }
        let branch = RawPathParams::from_request_parts(parts, world)
            .await
            .ok()
            .and_then(|all| {
                all.iter()
                    .find(|(k, _)| *k == "branch")
                    .map(|(_, v)| v.to_owned())
            });
        let projects = lock(&world.projects);
        let found = projects
            .iter()
            .filter(|project| project.lives_on(&host))
            .find_map(|p| p.tokens.iter().find(|t| t.secret == sent).map(|t| (p, t)));
        let (project, token) = found.ok_or_else(StorageError::invalid_token)?;
        if token.is_expired() {
            let text = "Invalid access token: it has expired";
            return Err(StorageError::new(
                StatusCode::UNAUTHORIZED,
                "storage.tokenExpired",
                text,
            ));
        }
        let branch = branch.unwrap_or_else(|| "default".to_owned());
        let branch = project.branch(&branch).map(|b| b.id).ok_or_else(|| {
            StorageError::not_found(
                "storage.devBranches.notFound",
                format!(
                    "Branch \"{branch}\" was not found in project {}.",
                    project.id
                ),
            )
        })?;
        Ok(Self {
            project: project.id,
            provider: project.provider,
            token: token.clone(),
            branch,
            host,
            run_id,
        })
    }
}

/// The host of a call as the client wrote it, port included.
pub(crate) fn host(headers: &HeaderMap) -> String {
    headers
        .get(HOST)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("localhost")
        .to_owned()
}
