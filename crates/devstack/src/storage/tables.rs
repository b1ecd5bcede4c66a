//! Tables: detail, list, preview (reference/keboola.md section 7.1), and deletion.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::jobs;
use super::parameters::Parameters;
use super::rows::{self, Selection};
use crate::project::Project;
use crate::project::table::Table;
use crate::world::World;

/// A preview shows at most this many rows.
const PREVIEW_LIMIT: u64 = 1000;

/// The path of a table.
#[derive(Debug, Deserialize)]
pub(super) struct TablePath {
    pub(super) id: String,
}

/// The table, when it exists and the caller may read it.
pub(super) fn find<'a>(
    project: &'a Project,
    caller: &Caller,
    id: &str,
) -> Result<&'a Table, StorageError> {
    let bucket = id.rsplit_once('.').map_or("", |(bucket, _)| bucket);
    if !caller.token.may_read_bucket(bucket) {
        return Err(StorageError::denied());
    }
    project.table(id).ok_or_else(|| {
        StorageError::not_found(
            "storage.tables.notFound",
            format!(
                "The table \"{id}\" was not found in the bucket \"{bucket}\" in the project \"{}\"",
                project.id
            ),
        )
    })
}

/// `GET tables/{id}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TablePath>,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let table = find(project, &caller, &path.id)?;
        Ok(Json(project.table_to_json(table, &caller.host)))
    })
}

/// `GET tables`: those that the caller may read.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let seen = project
            .tables
            .iter()
            .filter(|t| caller.token.may_read_bucket(t.bucket()));
        Ok(Json(
            seen.map(|table| project.table_to_json(table, &caller.host))
                .collect(),
        ))
    })
}

/// `DELETE tables/{id}`: 204 at once, or 202 and a job with `?async=true`.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TablePath>,
    RawQuery(query): RawQuery,
) -> Result<Response, StorageError> {
    let later = Parameters::from_query(&query.unwrap_or_default()).flag("async")?;
    caller.with(&world, |project| {
        let table = find(project, &caller, &path.id)?;
        if !caller.token.may_manage_bucket(table.bucket()) {
            return Err(StorageError::denied());
        }
        project.tables.retain(|table| table.id != path.id);
        Ok(())
    })?;
    if !later {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let job = jobs::done(&world, &caller, "tableDelete", json!({"tableId": path.id}))?;
    Ok((StatusCode::ACCEPTED, Json(job)).into_response())
}

/// `GET tables/{id}/data-preview`: CSV with a header, or JSON with `format=json`.
pub(super) async fn preview(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TablePath>,
    RawQuery(query): RawQuery,
) -> Result<Response, StorageError> {
    let parameters = Parameters::from_query(&query.unwrap_or_default());
    let limit = parameters.number("limit")?.unwrap_or(100);
    if limit > PREVIEW_LIMIT {
        let text = format!("Maximum limit of preview is {PREVIEW_LIMIT}.");
        return Err(StorageError::invalid("storage.tables.validation", text));
    }
    let format = parameters.text("format")?;
    let (columns, rows) = caller.with(&world, |project| {
        let table = find(project, &caller, &path.id)?;
        let mut selection = Selection::read(&parameters, table)?;
        selection.limit = usize::try_from(limit).ok();
        Ok((selection.column_names(table), selection.rows(table)))
    })?;
    match format.as_deref() {
        None | Some("rfc") => {
            let header =
                rows::csv(std::slice::from_ref(&columns)).map_err(|e| StorageError::broken(&e))?;
            let body = rows::csv(&rows).map_err(|e| StorageError::broken(&e))?;
            Ok((
                [(CONTENT_TYPE, "text/csv; charset=utf-8")],
                [header, body].concat(),
            )
                .into_response())
        }
        Some("json") => {
            let cell = |(name, value): (&String, &String)| json!({"columnName": name, "value": value, "isTruncated": false});
            let rows: Vec<Vec<Value>> = rows
                .iter()
                .map(|row| columns.iter().zip(row).map(cell).collect())
                .collect();
            Ok(Json(json!({"columns": columns, "rows": rows})).into_response())
        }
        Some(other) => {
            let text = format!("Format \"{other}\" is not supported.");
            Err(StorageError::invalid("storage.tables.validation", text))
        }
    }
}
