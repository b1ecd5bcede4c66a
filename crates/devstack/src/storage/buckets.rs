//! Buckets: list, detail, creation, deletion, and the tables in one (reference/keboola.md section 7.2).

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
use crate::project::bucket::Bucket;
use crate::world::World;

const CODE: &str = "storage.buckets.validation";

/// The path of a bucket.
#[derive(Debug, Deserialize)]
pub(super) struct BucketPath {
    pub(super) id: String,
}

/// The bucket, when it exists and the caller may read it.
pub(super) fn find<'a>(
    project: &'a Project,
    caller: &Caller,
    id: &str,
) -> Result<&'a Bucket, StorageError> {
    if !caller.token.may_read_bucket(id) {
        return Err(StorageError::denied());
    }
    let missing = || {
        let text = format!("Bucket \"{id}\" not found in project \"{}\"", project.id);
        StorageError::not_found("storage.buckets.notFound", text)
    };
    project.bucket(id).ok_or_else(missing)
}

/// `GET buckets`: those that the caller may read.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let seen = project
            .buckets
            .iter()
            .filter(|bucket| caller.token.may_read_bucket(&bucket.id));
        Ok(Json(
            seen.map(|bucket| project.bucket_to_json(bucket, &caller.host))
                .collect(),
        ))
    })
}

/// `GET buckets/{id}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<BucketPath>,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let bucket = find(project, &caller, &path.id)?;
        Ok(Json(project.bucket_to_json(bucket, &caller.host)))
    })
}

/// `GET buckets/{id}/tables`.
pub(super) async fn tables(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<BucketPath>,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        find(project, &caller, &path.id)?;
        let own = project.tables_of(&path.id);
        Ok(Json(
            own.map(|table| project.table_to_json(table, &caller.host))
                .collect(),
        ))
    })
}

/// `POST buckets`: the stored name gets the prefix `c-`.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    if !caller.token.may_make_buckets() {
        return Err(StorageError::denied());
    }
    let refuse = |text: String| StorageError::invalid(CODE, text);
    let name = parameters.text("name")?.unwrap_or_default();
    if !is_name(&name) {
        return Err(refuse(format!(
            "Invalid data - name: \"{name}\" must consist of letters, digits, dashes and underscores, and not start with an underscore."
        )));
    }
    let stage = parameters.text("stage")?.unwrap_or_default();
    if !matches!(stage.as_str(), "in" | "out") {
        return Err(refuse(format!(
            "\"{stage}\" is not a stage: it must be \"in\" or \"out\"."
        )));
    }
    if let Some(other) = parameters
        .text("backend")?
        .filter(|kind| kind != "snowflake")
    {
        return Err(refuse(format!("The project has no backend \"{other}\".")));
    }
    let id = format!("{stage}.c-{name}");
    let description = parameters.text("description")?.unwrap_or_default();
    caller.with(&world, |project| {
        if project.bucket(&id).is_some() {
            let text = format!("The bucket {name} already exists.");
            return Err(StorageError::invalid("storage.buckets.alreadyExists", text));
        }
        let bucket = Bucket::new(&id, description);
        let answer = project.bucket_to_json(&bucket, &caller.host);
        project.buckets.push(bucket);
        Ok((StatusCode::CREATED, Json(answer)))
    })
}

/// `DELETE buckets/{id}`: only an empty one, unless `force` says otherwise; 204 at once, or 202 and
/// a job with `async`.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<BucketPath>,
    RawQuery(query): RawQuery,
) -> Result<Response, StorageError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    let (force, later) = (query.flag("force")?, query.flag("async")?);
    caller.with(&world, |project| {
        find(project, &caller, &path.id)?;
        if !caller.token.may_manage_bucket(&path.id) {
            return Err(StorageError::denied());
        }
        let count = project.tables_of(&path.id).count();
        if count > 0 && !force {
            let text = format!(
                "Only empty buckets can be deleted. There are {count} tables in the bucket."
            );
            return Err(StorageError::invalid("buckets.deleteNotEmpty", text));
        }
        project.tables.retain(|table| table.bucket() != path.id);
        project.buckets.retain(|bucket| bucket.id != path.id);
        Ok(())
    })?;
    if !later {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let job = jobs::done(
        &world,
        &caller,
        "bucketDelete",
        json!({"bucketId": path.id}),
    )?;
    Ok((StatusCode::ACCEPTED, Json(job)).into_response())
}

/// Whether a bucket or a table may be called so.
pub(super) fn is_name(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && !name.starts_with('_') && name.chars().all(is_known)
}
