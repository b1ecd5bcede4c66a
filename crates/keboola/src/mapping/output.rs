//! The output mapping, as far as a run shows what would be stored (reference §7.3).

use serde_json::Value;

use super::error::MappingError;
use super::options::Options;

const KNOWN_OF_TABLE: &[&str] = &[
    "source",
    "destination",
    "incremental",
    "primary_key",
    "columns",
    "delete_where",
    "delete_where_column",
    "delete_where_values",
    "delete_where_operator",
    "delimiter",
    "enclosure",
    "metadata",
    "column_metadata",
    "distribution_key",
    "write_always",
    "tags",
    "schema",
    "has_header",
    "description",
    "table_metadata",
    "deduplication_strategy",
    "unload_strategy",
];

const KNOWN_OF_FILE: &[&str] = &[
    "source",
    "tags",
    "is_permanent",
    "is_public",
    "is_encrypted",
    "notify",
];

/// A file below `out/tables` that becomes a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOutput {
    /// Its name below `out/tables`.
    pub source: String,
    /// The table's id.
    pub destination: Option<String>,
    /// Whether its rows are added to those that are there.
    pub incremental: bool,
    /// Names of the primary key's columns.
    pub primary_key: Vec<String>,
    /// Names of the columns; when there are any, the file has no header.
    pub columns: Vec<String>,
    /// Whether it is stored when the script fails too.
    pub write_always: bool,
}

/// A file below `out/files` that becomes a file of Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutput {
    /// Its name below `out/files`.
    pub source: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether Storage keeps it for ever.
    pub is_permanent: bool,
}

impl TableOutput {
    pub(super) fn parse(value: &Value, place: String) -> Result<Self, MappingError> {
        let options = Options::read(value, place, KNOWN_OF_TABLE)?;
        Ok(Self {
            source: options
                .text("source")?
                .ok_or_else(|| options.kind("source", "a text"))?,
            destination: options.text("destination")?,
            incremental: options.flag("incremental")?.unwrap_or(false),
            primary_key: options.texts("primary_key")?,
            columns: options.texts("columns")?,
            write_always: options.flag("write_always")?.unwrap_or(false),
        })
    }
}

impl FileOutput {
    pub(super) fn parse(value: &Value, place: String) -> Result<Self, MappingError> {
        let options = Options::read(value, place, KNOWN_OF_FILE)?;
        Ok(Self {
            source: options
                .text("source")?
                .ok_or_else(|| options.kind("source", "a text"))?,
            tags: options.texts("tags")?,
            is_permanent: options.flag("is_permanent")?.unwrap_or(false),
        })
    }
}
