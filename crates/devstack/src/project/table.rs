//! Tables of Storage: rows of text. Those of a seed are read from CSV here, loads are in `load`.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::moment;

/// A table, all of it in memory.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// `in.c-bucket.table`.
    pub(crate) id: String,
    pub(crate) columns: Vec<String>,
    pub(crate) primary_key: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) created: OffsetDateTime,
    /// When it was last loaded.
    pub(crate) changed: OffsetDateTime,
    /// How an export of it is laid out.
    pub(crate) layout: ExportLayout,
}

/// A row, with a value for every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) values: Vec<String>,
    /// When a load brought or changed it: `_timestamp`.
    pub(crate) changed: OffsetDateTime,
}

/// The form of an export's result (reference/keboola.md section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportLayout {
    /// Slices of at most this many rows, without a header, as most backends do.
    Sliced { rows: usize },
    /// One file with a header.
    Whole,
}

/// Why text is not a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The id is not `stage.c-bucket.name`.
    #[error("\"{0}\" is not a table id: it must read like in.c-bucket.table")]
    Id(String),
    /// The CSV cannot be read.
    #[error("the CSV of {id} cannot be read: {source}")]
    Csv {
        /// The table.
        id: String,
        /// What the reader says.
        source: csv::Error,
    },
    /// The primary key names a column that is not there.
    #[error("the primary key of {id} names \"{column}\", which is not a column")]
    PrimaryKey {
        /// The table.
        id: String,
        /// The name.
        column: String,
    },
}

impl Table {
    /// A table from CSV with a header row.
    pub(crate) fn from_csv(
        id: &str,
        csv: &[u8],
        primary_key: Vec<String>,
        layout: ExportLayout,
    ) -> Result<Self, TableError> {
        let parts: Vec<&str> = id.split('.').collect();
        if !matches!(parts.as_slice(), ["in" | "out", bucket, name]
            if bucket.starts_with("c-") && !name.is_empty())
        {
            return Err(TableError::Id(id.to_owned()));
        }
        let unreadable = |source| TableError::Csv {
            id: id.to_owned(),
            source,
        };
        let mut reader = csv::Reader::from_reader(csv);
        let columns: Vec<String> = reader
            .headers()
            .map_err(unreadable)?
            .iter()
            .map(str::to_owned)
            .collect();
        let now = moment::now();
        let row = |record: csv::StringRecord| Row {
            values: record.iter().map(str::to_owned).collect(),
            changed: now,
        };
        let rows = reader
            .records()
            .map(|record| record.map(row))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        if let Some(column) = primary_key.iter().find(|c| !columns.contains(c)) {
            return Err(TableError::PrimaryKey {
                id: id.to_owned(),
                column: column.clone(),
            });
        }
        Ok(Self {
            id: id.to_owned(),
            columns,
            primary_key,
            rows,
            created: now,
            changed: now,
            layout,
        })
    }

    /// `in.c-bucket`.
    pub(crate) fn bucket(&self) -> &str {
        self.id.rsplit_once('.').map_or("", |(bucket, _)| bucket)
    }

    /// The last part of the id.
    pub(crate) fn name(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(_, name)| name)
    }

    /// Bytes of all values.
    pub(crate) fn data_size(&self) -> u64 {
        self.rows
            .iter()
            .flat_map(|row| &row.values)
            .map(|value| value.len() as u64)
            .sum()
    }

    /// The detail without its bucket (reference/keboola.md section 7.1).
    pub(crate) fn to_json(&self, host: &str) -> Value {
        let changed = moment::php(self.changed);
        json!({
            "uri": format!("https://{host}/v2/storage/tables/{}", self.id),
            "id": self.id,
            "name": self.name(),
            "displayName": self.name(),
            "transactional": false,
            "primaryKey": self.primary_key,
            "indexType": null,
            "indexKey": [],
            "distributionType": null,
            "distributionKey": [],
            "syntheticPrimaryKeyEnabled": false,
            "created": moment::php(self.created),
            "lastImportDate": changed,
            "lastChangeDate": changed,
            "rowsCount": self.rows.len(),
            "dataSizeBytes": self.data_size(),
            "isAlias": false,
            "isAliasable": true,
            "isTyped": false,
            "tableType": "table",
            "columns": self.columns,
            "metadata": [],
            "columnMetadata": [],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_quoted_newlines_and_refuses_what_is_not_one() {
        let read = |id: &str, csv: &str, key: &[&str]| {
            let key = key.iter().map(|k| (*k).to_owned()).collect();
            Table::from_csv(id, csv.as_bytes(), key, ExportLayout::Whole)
        };
        let table = read("in.c-main.t", "a,b\n1,\"x\ny\"\n", &["a"]).unwrap();
        assert_eq!(table.rows[0].values, ["1", "x\ny"]);
        assert_eq!((table.bucket(), table.name()), ("in.c-main", "t"));
        assert!(matches!(read("main.t", "a\n", &[]), Err(TableError::Id(_))));
        assert!(matches!(
            read("in.c-main.t", "a,b\n1\n", &[]),
            Err(TableError::Csv { .. })
        ));
        assert!(matches!(
            read("in.c-main.t", "a\n", &["b"]),
            Err(TableError::PrimaryKey { .. })
        ));
    }
}
