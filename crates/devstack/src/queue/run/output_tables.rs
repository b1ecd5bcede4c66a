//! Tables that a script left (reference/keboola.md section 7.3): every file in `out/tables` is loaded,
//! mapped or not.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::found::{self, Output};
use super::{Failure, Work, input_tables, text, texts};
use crate::project::csv_file::{CsvFile, CsvFormat, Heading};
use crate::project::event::EventKind;
use crate::project::load::LoadKind;
use crate::storage::StorageError;

/// Which tables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    /// Those that a failed job stores, too.
    WriteAlways,
}

/// A table that is to be loaded.
struct Table {
    output: Output,
    /// What manifest and mapping say.
    settings: Value,
    id: String,
}

/// Loads the tables. The entries of `result.output.tables` are added to `told` as they are written.
pub(super) fn store(
    work: &Work<'_>,
    data: &Path,
    which: Which,
    told: &mut Vec<Value>,
) -> Result<(), Failure> {
    let always = |mapping: &&Value| mapping.get("write_always") == Some(&json!(true));
    let mappings: Vec<Value> = (work.mapping("output", "tables").iter())
        .filter(|mapping| which == Which::All || always(mapping))
        .cloned()
        .collect();
    let found = found::find(data, "tables", &mappings, "Table sources not found: ")?;
    // All that can be known to be wrong is, before the first one is written.
    let tables: Result<Vec<Table>, Failure> = found
        .into_iter()
        .map(|output| Table::of(work, output))
        .filter(|table| match (which, table) {
            (Which::WriteAlways, Ok(table)) => always(&&table.settings),
            _ => true,
        })
        .collect();
    for table in tables? {
        told.push(table.load(work)?);
        work.tell(EventKind::Info, &format!("Loaded table \"{}\".", table.id));
    }
    Ok(())
}

impl Table {
    fn of(work: &Work<'_>, output: Output) -> Result<Self, Failure> {
        let id = destination(work, &output)?;
        let mut settings = of_schema(&output.manifest);
        settings.extend(output.mapping.clone().unwrap_or_default());
        for name in ["delete_where", "delete_where_column", "schema"] {
            let is_told = |value: &Value| match value {
                Value::Array(items) => !items.is_empty(),
                Value::String(text) => !text.is_empty(),
                _ => false,
            };
            if settings.get(name).is_some_and(is_told) {
                let text = format!(
                    "The dev stack has no \"{name}\" (table \"{}\").",
                    output.name
                );
                return Err(Failure::User(text));
            }
        }
        Ok(Self {
            output,
            settings: Value::Object(settings),
            id,
        })
    }

    fn load(&self, work: &Work<'_>) -> Result<Value, Failure> {
        let refused =
            |why: String| Failure::User(format!("Failed to load table \"{}\": {why}", self.id));
        let format = self.format().map_err(refused)?;
        let heading = self.heading().map_err(refused)?;
        let slices = match self.output.is_folder {
            false => vec![fs::read(&self.output.path)?],
            true => {
                let all = found::entries(&self.output.path)?;
                let read: Result<Vec<Vec<u8>>, _> =
                    all.iter().map(|(_, it)| fs::read(it)).collect();
                read?
            }
        };
        let file = CsvFile::read(&slices, format, &heading, &[]);
        let file = file.map_err(|error| refused(error.to_string()))?;
        let kind = match self.settings.get("incremental") {
            Some(Value::Bool(true)) => LoadKind::Incremental,
            _ => LoadKind::Full,
        };
        let key = texts(&self.settings, "primary_key");
        let caller = &work.caller.storage;
        let columns = caller.with(work.world, |project| {
            let bucket = self.id.rsplit_once('.').map_or("", |(bucket, _)| bucket);
            if !caller.token.may_write_bucket(bucket) {
                return Err(StorageError::denied());
            }
            let loaded = project.load_or_make(&self.id, key, file, format, kind);
            Ok(loaded.map(|table| table.columns.clone()))
        });
        let columns = columns.map_err(|error| refused(error.into_parts().1))?;
        let columns = columns.map_err(|error| refused(error.to_string()))?;
        Ok(input_tables::told(&self.id, &columns))
    }

    fn format(&self) -> Result<CsvFormat, String> {
        let one = |name: &str, otherwise: u8| match self.settings.get(name) {
            None | Some(Value::Null) => Ok(Some(otherwise)),
            Some(Value::String(text)) => match text.as_bytes() {
                [] => Ok(None),
                [byte] => Ok(Some(*byte)),
                b"\\t" => Ok(Some(b'\t')),
                _ => Err(format!("\"{name}\" must be one character.")),
            },
            Some(_) => Err(format!("\"{name}\" must be a text.")),
        };
        Ok(CsvFormat {
            delimiter: one("delimiter", b',')?.unwrap_or(b','),
            enclosure: one("enclosure", b'"')?,
        })
    }

    /// Where columns are named, and of slices, there is no header.
    fn heading(&self) -> Result<Heading, String> {
        let columns = texts(&self.settings, "columns");
        let is_first_line = match self.settings.get("has_header") {
            Some(Value::Bool(told)) => *told,
            _ => columns.is_empty() && !self.output.is_folder,
        };
        match (is_first_line, columns.is_empty()) {
            (true, _) => Ok(Heading::FirstLine),
            (false, false) => Ok(Heading::Named(columns)),
            (false, true) => Err("Columns specification missing.".to_owned()),
        }
    }
}

/// A manifest of the newer kind, whose `schema` has the names, in words of the older.
fn of_schema(manifest: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = manifest.clone();
    let Some(Value::Array(schema)) = settings.remove("schema") else {
        return settings;
    };
    let named = |is_chosen: &dyn Fn(&Value) -> bool| -> Value {
        let chosen = schema.iter().filter(|column| is_chosen(column));
        chosen.filter_map(|it| it.get("name").cloned()).collect()
    };
    let columns = named(&|_| true);
    let key = named(&|column| column.get("primary_key") == Some(&json!(true)));
    for (name, value) in [("columns", columns), ("primary_key", key)] {
        if value.as_array().is_some_and(|it| !it.is_empty()) {
            settings.entry(name).or_insert(value);
        }
    }
    settings
}

/// The mapping's destination, the manifest's, or the file's name in the default bucket.
fn destination(work: &Work<'_>, output: &Output) -> Result<String, Failure> {
    let unresolved = || {
        Failure::User(format!(
            "Failed to resolve destination for output table \"{}\".",
            output.name
        ))
    };
    let told = |settings: &Map<String, Value>| {
        let told = settings.get("destination").and_then(Value::as_str);
        told.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if let Some(id) = output.mapping.as_ref().and_then(told) {
        return in_branch(work, &id).ok_or_else(unresolved);
    }
    let name = told(&output.manifest).unwrap_or_else(|| {
        let name = output.name.strip_suffix(".csv");
        name.unwrap_or(&output.name).to_owned()
    });
    if let Some(id) = in_branch(work, &name) {
        return Ok(id);
    }
    let storage = work.configuration.get("storage");
    let named = storage
        .and_then(|it| it.get("output"))
        .and_then(|it| text(it, "default_bucket"));
    let bucket = match named {
        Some(bucket) => bucket.to_owned(),
        None => {
            let component = work.place.component.replace('.', "-");
            format!("in.c-{component}-{}", work.place.id)
        }
    };
    in_branch(work, &format!("{bucket}.{name}")).ok_or_else(unresolved)
}

/// The id of a table as the branch has it; `None` when it is not a whole id.
fn in_branch(work: &Work<'_>, id: &str) -> Option<String> {
    let parts: Vec<&str> = id.split('.').collect();
    let [stage @ ("in" | "out"), bucket, name] = parts.as_slice() else {
        return None;
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !bucket.starts_with("c-") || name.is_empty() || !name.chars().all(is_plain) {
        return None;
    }
    let bucket = format!("{stage}.{bucket}");
    let bucket = work.in_branch(&bucket).unwrap_or(bucket);
    Some(format!("{bucket}.{name}"))
}
