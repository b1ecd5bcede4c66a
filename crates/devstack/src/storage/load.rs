//! Writing tables: `buckets/{id}/tables-async` makes one from a file, `tables/{id}/import-async` loads
//! a file into one (reference/keboola.md section 7.2). Both are jobs; those on one table take turns.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::buckets::{self, BucketPath, is_name};
use super::caller::Caller;
use super::error::StorageError;
use super::jobs::{self, Task};
use super::parameters::Parameters;
use super::source::Source;
use super::tables::{self, TablePath};
use crate::moment;
use crate::project::job::JobError;
use crate::project::load::LoadKind;
use crate::project::table::Table;
use crate::world::World;

const CODE: &str = "storage.tables.validation";

/// A table that is to be made.
struct NewTable {
    id: String,
    primary_key: Vec<String>,
}

/// `POST buckets/{id}/tables-async`.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<BucketPath>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let name = parameters.text("name")?.unwrap_or_default();
    let primary_key = primary_key(&parameters)?;
    let source = caller.with(&world, |project| {
        buckets::find(project, &caller, &path.id)?;
        if !caller.token.may_write_bucket(&path.id) {
            return Err(StorageError::denied());
        }
        if !is_name(&name) {
            let text = format!(
                "Invalid data - name: \"{name}\" must consist of letters, digits, dashes and underscores, and not start with an underscore."
            );
            return Err(StorageError::invalid(CODE, text));
        }
        if project.table(&format!("{}.{name}", path.id)).is_some() {
            return Err(exists(&name));
        }
        Source::read(&parameters, project, &caller)
    })?;
    let table = NewTable {
        id: format!("{}.{name}", path.id),
        primary_key,
    };
    let task = Task {
        operation: "tableCreate",
        table: None,
        parameters: source.to_json(&parameters),
        turn: Some(world.turns.next(caller.project, &table.id)),
    };
    let work = make(Arc::clone(&world), caller.clone(), source, table);
    jobs::start(world, caller, task, work)
}

/// `a,b` as the API wants it; a list is refused.
fn primary_key(parameters: &Parameters) -> Result<Vec<String>, StorageError> {
    if parameters
        .get("primaryKey")
        .is_some_and(|key| !key.is_string())
    {
        let text = "\"primaryKey\" must be a text: names with commas between.";
        return Err(StorageError::invalid("storage.validation.primaryKey", text));
    }
    let text = parameters.text("primaryKey")?.unwrap_or_default();
    let names = text.split(',').map(|name| name.trim().to_owned());
    Ok(names.filter(|name| !name.is_empty()).collect())
}

fn exists(name: &str) -> StorageError {
    let text = format!("The table \"{name}\" already exists in the bucket.");
    StorageError::invalid("storage.buckets.tableAlreadyExists", text)
}

async fn make(
    world: Arc<World>,
    caller: Caller,
    source: Source,
    new: NewTable,
) -> Result<Value, JobError> {
    let file = source.rows(&world, &[]).await?;
    let table = Table::of_file(new.id, new.primary_key, file, source.format, moment::now())?;
    let kept = caller.with(&world, |project| {
        // What went on while the file was read.
        buckets::find(project, &caller, table.bucket())?;
        if project.table(&table.id).is_some() {
            return Err(exists(table.name()));
        }
        let answer = table.clone();
        project.keep_table(table);
        Ok(project.table_to_json(&answer, &caller.host))
    });
    kept.map_err(JobError::from)
}

/// `POST tables/{id}/import-async`.
pub(super) async fn import(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TablePath>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let kind = match parameters.flag("incremental")? {
        true => LoadKind::Incremental,
        false => LoadKind::Full,
    };
    let source = caller.with(&world, |project| {
        let table = tables::find(project, &caller, &path.id)?;
        if !caller.token.may_write_bucket(table.bucket()) {
            return Err(StorageError::denied());
        }
        Source::read(&parameters, project, &caller)
    })?;
    let task = Task {
        operation: "tableImport",
        table: Some(path.id.clone()),
        parameters: source.to_json(&parameters),
        turn: Some(world.turns.next(caller.project, &path.id)),
    };
    let work = load(Arc::clone(&world), caller.clone(), source, path.id, kind);
    jobs::start(world, caller, task, work)
}

async fn load(
    world: Arc<World>,
    caller: Caller,
    source: Source,
    id: String,
    kind: LoadKind,
) -> Result<Value, JobError> {
    let columns = caller.with(&world, |project| {
        Ok(tables::find(project, &caller, &id)?.columns.clone())
    })?;
    let file = source.rows(&world, &columns).await?;
    let imported = file.columns.clone();
    let loaded = caller.with(&world, |project| {
        tables::find(project, &caller, &id)?;
        let table = project.tables.iter_mut().find(|table| table.id == id);
        Ok(table.map(|table| {
            table.load(file, source.format, kind, moment::now())?;
            Ok(json!({
                "warnings": [],
                "transaction": [],
                "importedColumns": imported,
                "totalDataSizeBytes": table.data_size(),
                "totalRowsCount": table.rows.len(),
            }))
        }))
    })?;
    loaded.unwrap_or_else(|| Err(JobError::broken(&"the table is gone")))
}
