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
    let selection = Selection::read(&Parameters::from_fields(fields), table)?;
    Ok(MappedTable {
        columns: selection.column_names(table),
        rows: selection.rows(table),
    })
}
