//! Buckets of Storage (reference/keboola.md section 7.2).

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::table::Table;
use crate::moment;

/// A bucket; its tables know by their ids that they lie in it.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// `in.c-bucket`.
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) created: OffsetDateTime,
}

impl Bucket {
    /// An empty bucket, made now.
    pub(crate) fn new(id: &str, description: String) -> Self {
        Self {
            id: id.to_owned(),
            description,
            created: moment::now(),
        }
    }

    /// The detail; `tables` are those that lie in it.
    pub(crate) fn to_json<'a>(
        &self,
        tables: impl Iterator<Item = &'a Table> + Clone,
        host: &str,
    ) -> Value {
        let (stage, name) = self.id.split_once('.').unwrap_or_default();
        let uri = format!("https://{host}/v2/storage/buckets/{}", self.id);
        let changed = tables.clone().map(|table| table.changed).max();
        let rows: usize = tables.clone().map(|table| table.rows.len()).sum();
        json!({
            "uri": uri,
            "id": self.id,
            "name": name,
            "displayName": name.trim_start_matches("c-"),
            "stage": stage,
            "description": self.description,
            "tables": format!("{uri}/tables"),
            "created": moment::php(self.created),
            "lastChangeDate": changed.map(moment::php),
            "isReadOnly": false,
            "dataSizeBytes": tables.map(Table::data_size).sum::<u64>(),
            "rowsCount": rows,
            "isMaintenance": false,
            "backend": "snowflake",
            "sharing": null,
        })
    }
}
