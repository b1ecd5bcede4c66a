//! One file: detail with read credentials, tags, deletion (reference/keboola.md section 3.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::jobs;
use super::parameters::Parameters;
use crate::project::Project;
use crate::project::file::StoredFile;
use crate::s3::{Right, Scope};
use crate::world::World;

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

fn find<'a>(
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
    let mut answer = file.to_json(&world.objects, &caller.host);
    if federated && let Some(fields) = answer.as_object_mut() {
        let scope = match file.is_sliced {
            true => Scope::Prefix(file.key.clone()),
            false => Scope::Key(file.key.clone()),
        };
        let credentials = world.objects.credentials().issue(Right::Read, scope);
        fields.insert("s3Path".to_owned(), file.s3_path());
        fields.insert("credentials".to_owned(), credentials.to_json());
    }
    Ok(Json(answer))
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
    world.objects.remove_prefix(&file.key);
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
