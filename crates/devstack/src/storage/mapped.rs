//! A table as an input mapping wants it (reference/keboola.md section 7.3): read as an export reads it.

use serde_json::{Map, Value};

use super::error::StorageError;
use super::parameters::Parameters;
use super::rows::Selection;
use crate::project::table::Table;

/// What a mapping chooses of a table.
#[derive(Debug)]
pub(crate) struct MappedTable {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Names of a mapping, and of an export's parameters.
const NAMES: [(&str, &str); 6] = [
    ("columns", "columns"),
    ("limit", "limit"),
    ("where_column", "whereColumn"),
    ("where_values", "whereValues"),
    ("where_operator", "whereOperator"),
    ("changed_since", "changedSince"),
];

/// Reads the table by the mapping.
pub(crate) fn mapped_table(table: &Table, mapping: &Value) -> Result<MappedTable, StorageError> {
    let mut fields = Map::new();
    for (name, parameter) in NAMES {
        if let Some(value) = mapping.get(name) {
            fields.insert(parameter.to_owned(), value.clone());
        }
    }
    // Columns may be chosen by their types instead.
    let typed = mapping.get("column_types").and_then(Value::as_array);
    let sources: Vec<Value> = (typed.into_iter().flatten())
        .filter_map(|column| column.get("source").cloned())
        .collect();
    let is_empty = |columns: &Value| columns.as_array().is_none_or(Vec::is_empty);
    if !sources.is_empty() && fields.get("columns").is_none_or(is_empty) {
        fields.insert("columns".to_owned(), Value::Array(sources));
    }
    let selection = Selection::read(&Parameters::from_fields(fields), table)?;
    Ok(MappedTable {
        columns: selection.column_names(table),
        rows: selection.rows(table),
    })
}
