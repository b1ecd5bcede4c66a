//! Tables of the input mapping, as CSV with a header and a manifest (reference/keboola.md sections 7.3
//! and 8.4).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Failure, Work, text};
use crate::moment;
use crate::project::event::EventKind;
use crate::project::table::Table;
use crate::storage::{MappedTable, mapped_table};

/// Lays out all of them; the entries of `result.input.tables`.
pub(super) fn lay_out(work: &Work<'_>, folder: &Path) -> Result<Vec<Value>, Failure> {
    let all = work.mapping("input", "tables").iter();
    all.map(|mapping| table(work, folder, mapping)).collect()
}

fn table(work: &Work<'_>, folder: &Path, mapping: &Value) -> Result<Value, Failure> {
    let source = text(mapping, "source").unwrap_or_default();
    let caller = &work.caller.storage;
    let found = caller.with(work.world, |project| {
        // A development branch reads its own table, or that of production.
        let own = source
            .rsplit_once('.')
            .and_then(|(bucket, name)| Some(format!("{}.{name}", work.in_branch(bucket)?)));
        let own = own.and_then(|id| project.table(&id));
        let Some(table) = own.or_else(|| project.table(source)) else {
            return Ok(None);
        };
        if !caller.token.may_read_bucket(table.bucket()) {
            return Ok(None);
        }
        let read = mapped_table(table, mapping)?;
        let manifest = manifest(table, &read, &caller.host);
        Ok(Some((table.id.clone(), read, manifest)))
    })?;
    let (id, read, manifest) = found.ok_or_else(|| {
        Failure::User(format!(
            "The table \"{source}\" was not found in the project."
        ))
    })?;
    let name = text(mapping, "destination").unwrap_or(source);
    if name.contains('/') || name.starts_with('.') {
        let text = format!("\"{name}\" is not a destination of an input table.");
        return Err(Failure::User(text));
    }
    let path = folder.join("in/tables").join(name);
    write(&path, &read).map_err(|error| Failure::Broken(error.to_string()))?;
    let manifest_path = folder.join(format!("in/tables/{name}.manifest"));
    fs::write(manifest_path, manifest.to_string())?;
    work.tell(EventKind::Info, &format!("Fetched table {id}."));
    Ok(told(&id, &read.columns))
}

/// A table as `result` tells of it.
pub(super) fn told(id: &str, columns: &[String]) -> Value {
    let name = id.rsplit('.').next();
    let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
    json!({"id": id, "name": name, "displayName": name, "columns": columns})
}

fn manifest(table: &Table, read: &MappedTable, host: &str) -> Value {
    let changed = moment::php(table.changed);
    json!({
        "id": table.id, "uri": format!("https://{host}/v2/storage/tables/{}", table.id),
        "name": table.name(), "primary_key": table.primary_key, "distribution_key": [],
        "created": moment::php(table.created), "last_change_date": changed,
        "last_import_date": changed, "columns": read.columns, "metadata": [],
        "column_metadata": {},
    })
}

/// CSV as Storage exports it, with a header.
fn write(path: &Path, table: &MappedTable) -> Result<(), csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_path(path)?;
    writer.write_record(&table.columns)?;
    for row in &table.rows {
        writer.write_record(row)?;
    }
    Ok(writer.flush()?)
}
