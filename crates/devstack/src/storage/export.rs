//! `POST tables/{id}/export-async`: a job whose result is a file, sliced and without a header, or
//! whole and with one (reference/keboola.md section 7.1).

use std::io::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::jobs::{self, Task};
use super::parameters::Parameters;
use super::rows::{self, Selection};
use super::tables::{TablePath, find};
use crate::file_storage::StoreError;
use crate::moment;
use crate::project::file::StoredFile;
use crate::project::job::JobError;
use crate::project::table::ExportLayout;
use crate::world::World;

/// Why an export job fails.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("the rows could not be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the rows could not be packed: {0}")]
    Gzip(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to be written.
struct Export {
    table: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    layout: ExportLayout,
    gzip: bool,
}

/// Starts the job.
pub(super) async fn start(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<TablePath>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let refuse = |text: String| StorageError::invalid("storage.tables.validation", text);
    if let Some(other) = parameters.text("fileType")?.filter(|kind| kind != "csv") {
        return Err(refuse(format!(
            "The dev stack does not export to \"{other}\"."
        )));
    }
    if let Some(other) = parameters.text("format")?.filter(|format| format != "rfc") {
        return Err(refuse(format!(
            "The dev stack does not export in the format \"{other}\"."
        )));
    }
    let gzip = parameters.flag("gzip")?;
    let export = caller.with(&world, |project| {
        let table = find(project, &caller, &path.id)?;
        let selection = Selection::read(&parameters, table)?;
        Ok(Export {
            table: table.id.clone(),
            columns: selection.column_names(table),
            rows: selection.rows(table),
            layout: table.layout,
            gzip,
        })
    })?;
    let shown =
        json!({"queue": "main", "values": {"tableId": path.id, "export": parameters.to_json()}});
    let task = Task {
        operation: "tableExport",
        table: Some(path.id),
        parameters: shown,
        turn: None,
    };
    let work = run(Arc::clone(&world), caller.clone(), export);
    jobs::start(world, caller, task, work)
}

async fn run(world: Arc<World>, caller: Caller, export: Export) -> Result<Value, JobError> {
    let file = write(&world, &caller, export).await;
    let file = file.map_err(|error| JobError::broken(&error))?;
    let results = json!({"cacheHit": false, "file": {"id": file.id}});
    caller.with(&world, |project| {
        project.files.push(file);
        Ok(())
    })?;
    Ok(results)
}

async fn write(world: &World, caller: &Caller, export: Export) -> Result<StoredFile, ExportError> {
    let storage = world.files(caller.provider);
    let id = world.next_id();
    let name = format!("{}{}", export.table, export.ending());
    let key = storage.key(caller.project, id, &name, false);
    let is_sliced = matches!(export.layout, ExportLayout::Sliced { .. });
    let pieces = tokio::task::spawn_blocking(move || export.pieces()).await;
    let pieces = pieces.map_err(std::io::Error::other)??;
    storage.open(&key).await?;
    let size = pieces.iter().map(|piece| piece.bytes.len() as u64).sum();
    let mut entries = Vec::new();
    for Piece { suffix, bytes } in pieces {
        let key = format!("{key}{suffix}");
        entries.push(json!({
            "url": storage.address(&key), "meta": {"content_length": bytes.len()},
        }));
        storage.put(&key, bytes).await?;
    }
    if is_sliced {
        let manifest = json!({"entries": entries}).to_string();
        let key = format!("{key}manifest");
        storage.put(&key, manifest.into_bytes()).await?;
    }
    Ok(StoredFile {
        id,
        name,
        provider: caller.provider,
        key,
        created: moment::now(),
        is_sliced,
        is_encrypted: true,
        is_permanent: false,
        is_public: false,
        size_bytes: Some(size),
        tags: vec!["storage-export".to_owned()],
        run_id: caller.run_id.clone(),
        creator: caller.token.id,
        creator_token: caller.token.as_creator(),
    })
}

/// An object of an export: what its key ends with, and its bytes.
struct Piece {
    suffix: String,
    bytes: Vec<u8>,
}

impl Export {
    fn ending(&self) -> &'static str {
        if self.gzip { ".csv.gz" } else { ".csv" }
    }

    /// The file with its header, or the slices without one.
    fn pieces(&self) -> Result<Vec<Piece>, ExportError> {
        let rows = match self.layout {
            ExportLayout::Whole => {
                let mut text = rows::csv(std::slice::from_ref(&self.columns))?;
                text.extend(rows::csv(&self.rows)?);
                return Ok(vec![Piece {
                    suffix: String::new(),
                    bytes: packed(text, self.gzip)?,
                }]);
            }
            ExportLayout::Sliced { rows } => rows.max(1),
        };
        let slices = self.rows.chunks(rows).enumerate().map(|(index, slice)| {
            Ok(Piece {
                suffix: format!("_0_{index}_0{}", self.ending()),
                bytes: packed(rows::csv(slice)?, self.gzip)?,
            })
        });
        slices.collect()
    }
}

fn packed(text: Vec<u8>, gzip: bool) -> Result<Vec<u8>, ExportError> {
    if !gzip {
        return Ok(text);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&text)?;
    Ok(encoder.finish()?)
}
