//! An input table of the mapping, and the export that it asks for (reference §7.3, §7.1).

use serde_json::Value;

use super::error::{MappingError, MappingRule};
use super::options::Options;
use super::state::InputState;
use crate::export_table::{ExportRequest, WhereFilter, WhereOperator};
use crate::read_table::Table;

const KNOWN: &[&str] = &[
    "source",
    "source_branch_id",
    "source_search",
    "destination",
    "days",
    "changed_since",
    "columns",
    "column_types",
    "where_column",
    "where_values",
    "where_operator",
    "limit",
    "overwrite",
    "use_view",
    "load_type",
    "keep_internal_timestamp_column",
    "file_type",
];

/// A table that a run gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInput {
    /// The table's id.
    pub source: String,
    /// The branch to read it from, when it is another than the run's.
    pub source_branch: Option<String>,
    /// Its name on disk, when it is another than the id.
    pub destination: Option<String>,
    /// The columns wanted, in their order; empty is all.
    pub columns: Vec<String>,
    /// Rows changed since, as the export takes it.
    pub changed_since: Option<String>,
    /// The filter.
    pub filter: Option<WhereFilter>,
    /// Largest number of rows.
    pub limit: Option<u64>,
}

impl TableInput {
    pub(super) fn parse(
        value: &Value,
        place: String,
        state: &InputState,
    ) -> Result<Self, MappingError> {
        let options = Options::read(value, place, KNOWN)?;
        let rule = |rule| MappingError::Rule {
            place: options.place().to_owned(),
            rule,
        };
        let source = match options.text("source")? {
            Some(source) => source,
            None if options.value("source_search").is_some() => {
                return Err(rule(MappingRule::SourceSearch));
            }
            None => return Err(rule(MappingRule::NoSource)),
        };
        let destination = options.text("destination")?;
        let on_disk = destination.as_deref().unwrap_or(&source);
        if leaves_folder(on_disk) {
            return Err(rule(MappingRule::Destination(on_disk.to_owned())));
        }
        if let Some(other) = options.text("file_type")?.filter(|kind| kind != "csv") {
            return Err(rule(MappingRule::FileType(other)));
        }
        Ok(Self {
            changed_since: changed_since(&options, &source, state)?,
            source_branch: options.text("source_branch_id")?,
            columns: columns(&options)?,
            filter: filter(&options)?,
            limit: options.number("limit")?,
            source,
            destination,
        })
    }

    /// Place below `/data`: the destination exactly as written, or the table's id.
    #[must_use]
    pub fn path(&self) -> String {
        let name = self.destination.as_deref().unwrap_or(&self.source);
        format!("in/tables/{name}")
    }

    /// The export that fills the input. Columns are always named: a sliced result has no header,
    /// and the one that is written before it must be in its order.
    #[must_use]
    pub fn export_request(&self, table: &Table) -> ExportRequest {
        let columns = match self.columns.as_slice() {
            [] => table.columns.clone(),
            wanted => wanted.to_vec(),
        };
        ExportRequest {
            columns,
            limit: self.limit,
            changed_since: self.changed_since.clone(),
            where_filters: self.filter.iter().cloned().collect(),
        }
    }
}

/// `-7 days` from `days`; the state's date for `adaptive`, which is everything on the first run.
fn changed_since(
    options: &Options<'_>,
    source: &str,
    state: &InputState,
) -> Result<Option<String>, MappingError> {
    let days = options.number("days")?.filter(|days| *days > 0);
    match (options.text("changed_since")?, days) {
        (Some(_), Some(_)) => Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::DaysAndChangedSince,
        }),
        (Some(since), None) if since == "adaptive" => Ok(state.last_import_of(source)),
        (Some(since), None) => Ok(Some(since)),
        (None, Some(days)) => Ok(Some(format!("-{days} days"))),
        (None, None) => Ok(None),
    }
}

/// `columns`, or the sources of `column_types`, which must list the same when both are there.
fn columns(options: &Options<'_>) -> Result<Vec<String>, MappingError> {
    let columns = options.texts("columns")?;
    let mut typed = Vec::new();
    for value in options.list("column_types")? {
        let source = value.get("source").and_then(Value::as_str);
        let source = source.ok_or_else(|| options.kind("column_types", "a list with sources"))?;
        typed.push(source.to_owned());
    }
    if columns.is_empty() || typed.is_empty() {
        return Ok(if typed.is_empty() { columns } else { typed });
    }
    let lacks =
        |list: &[String], other: &[String]| list.iter().find(|name| !other.contains(name)).cloned();
    match lacks(&columns, &typed).or_else(|| lacks(&typed, &columns)) {
        None => Ok(typed),
        Some(surplus) => Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::ColumnsDiffer(surplus),
        }),
    }
}

fn filter(options: &Options<'_>) -> Result<Option<WhereFilter>, MappingError> {
    let broken = |rule| MappingError::Rule {
        place: options.place().to_owned(),
        rule,
    };
    let operator = match options.text("where_operator")?.as_deref() {
        None | Some("eq") => WhereOperator::Eq,
        Some("ne") => WhereOperator::Ne,
        Some(other) => return Err(broken(MappingRule::WhereOperator(other.to_owned()))),
    };
    let values = options.texts("where_values")?;
    if options.value("where_column").is_none() {
        return Ok(None);
    }
    let column = options
        .text("where_column")?
        .filter(|column| !column.trim().is_empty())
        .ok_or_else(|| broken(MappingRule::WhereColumnEmpty))?;
    if values.is_empty() {
        return Err(broken(MappingRule::WhereValuesMissing));
    }
    Ok(Some(WhereFilter {
        column,
        operator,
        values,
    }))
}

fn leaves_folder(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "" | "." | "..") || part.chars().any(char::is_control))
}
