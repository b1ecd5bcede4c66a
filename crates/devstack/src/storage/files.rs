//! One file: detail with read credentials, new write credentials, tags, deletion (reference/keboola.md section 3.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use time::Duration;

use super::caller::Caller;
use super::error::StorageError;
use super::jobs;
use super::parameters::Parameters;
use super::prepare::prepared;
use crate::moment;
use crate::project::Project;
use crate::project::file::StoredFile;
use crate::provider::Provider;
use crate::world::World;

/// Google's tokens are renewed for this long.
const REFRESHABLE: Duration = Duration::hours(12);

/// The path of a file.
#[derive(Debug, Deserialize)]
pub(super) struct FilePath {
    id: String,
}

/// The path of a tag of a file.
#[derive(Debug, Deserialize)]
pub(super) struct TagPath {
    id: String,
    tag: String,
}

/// The file, when it exists and the caller may read it.
pub(super) fn find<'a>(
    project: &'a mut Project,
    caller: &Caller,
    id: &str,
) -> Result<&'a mut StoredFile, StorageError> {
    let missing = || {
        StorageError::not_found(
            "storage.files.notFound",
            format!("File with id \"{id}\" not found."),
        )
    };
    let number: u64 = id.parse().map_err(|_| missing())?;
    let file = project
        .files
        .iter_mut()
        .find(|f| f.id == number)
        .ok_or_else(missing)?;
    if caller.token.reads_all_files() || file.creator == caller.token.id {
        Ok(file)
    } else {
        Err(StorageError::denied())
    }
}

/// `GET files/{id}`, with credentials for its bytes on `?federationToken=1`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<FilePath>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    let federated = query.flag("federationToken")?;
    let file = caller.with(&world, |project| {
        find(project, &caller, &path.id).map(|f| f.clone())
    })?;
    let storage = world.files(file.provider);
    let mut answer = file.to_json(storage, &caller.host);
    if federated && let Some(fields) = answer.as_object_mut() {
        let blocks = storage.read_blocks(file.object());
        fields.extend(
            blocks
                .into_iter()
                .map(|(name, block)| (name.to_owned(), block)),
        );
    }
    Ok(Json(answer))
}

/// `PUT files/{id}/refresh`: new credentials for a long upload to Google, whose tokens live for an
/// hour; for 12 hours after the file was prepared.
pub(super) async fn refresh(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<FilePath>,
) -> Result<Json<Value>, StorageError> {
    let file = caller.with(&world, |project| {
        find(project, &caller, &path.id).map(|f| f.clone())
    })?;
    let refuse = |text: &str| {
        let code = "storage.files.refreshCredentials";
        StorageError::new(StatusCode::UNPROCESSABLE_ENTITY, code, text)
    };
    if file.provider != Provider::Gcp {
        return Err(refuse(
            "Credentials can be refreshed only for files stored in GCS.",
        ));
    }
    if moment::now() >= file.created + REFRESHABLE {
        return Err(refuse(
            "Credentials can be refreshed only for 12 hours after the file was created.",
        ));
    }
    let storage = world.files(file.provider);
    Ok(Json(prepared(storage, &file, &caller.host)))
}

/// `DELETE files/{id}`: 204 at once, or 202 and a job with `?async=true`.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<FilePath>,
    RawQuery(query): RawQuery,
) -> Result<Response, StorageError> {
    let later = Parameters::from_query(&query.unwrap_or_default()).flag("async")?;
    let file = caller.with(&world, |project| {
        let file = find(project, &caller, &path.id)?.clone();
        project.files.retain(|other| other.id != file.id);
        Ok(file)
    })?;
    world.files(file.provider).remove(&file.key).await?;
    if !later {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let job = jobs::done(&world, &caller, "fileDelete", json!({"fileId": file.id}))?;
    Ok((StatusCode::ACCEPTED, Json(job)).into_response())
}

/// `POST files/{id}/tags`.
pub(super) async fn add_tag(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<FilePath>,
    parameters: Parameters,
) -> Result<StatusCode, StorageError> {
    let tag = parameters.text("tag")?.filter(|tag| !tag.is_empty());
    let code = "storage.files.validation";
    let tag = tag.ok_or_else(|| StorageError::invalid(code, "\"tag\" must be set."))?;
    caller.with(&world, |project| {
        let file = find(project, &caller, &path.id)?;
        if !file.tags.contains(&tag) {
            file.tags.push(tag);
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `DELETE files/{id}/tags/{tag}`.
pub(super) async fn remove_tag(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TagPath>,
) -> Result<StatusCode, StorageError> {
    caller.with(&world, |project| {
        find(project, &caller, &path.id)?
            .tags
            .retain(|tag| *tag != path.tag);
        Ok(StatusCode::NO_CONTENT)
    })
}
