//! Why a CSV file cannot become rows of a table, in the codes of the real API where its PHP client
//! tests them (reference/keboola.md section 7.2); the others are named alike.

use serde_json::{Value, json};

/// Why a file cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A column of the table is not in the file.
    #[error(
        "Some columns are missing in the csv file. Missing columns: {}. Expected columns: {}. \
         Please check if the expected delimiter \"{}\" is used in the csv file.",
        missing.join(","), expected.join(","), char::from(*delimiter)
    )]
    ColumnsMissing {
        missing: Vec<String>,
        expected: Vec<String>,
        delimiter: u8,
    },
    /// A new table of nothing.
    #[error("No columns specified in the file")]
    NoColumns,
    #[error("\"{0}\" is not a valid column name")]
    ColumnName(String),
    #[error("There are duplicate columns in the file: \"{0}\"")]
    ColumnTwice(String),
    #[error("The dev stack does not know the plain letters of \"{0}\"; name the column in ASCII")]
    Accents(String),
    #[error("Number of columns in file ({found}) does not match that of the header ({expected})")]
    RowLength { found: usize, expected: usize },
    #[error("The primary key names \"{0}\", which is not a column of the file")]
    PrimaryKey(String),
    #[error("The file is not valid CSV: {0}")]
    Content(#[from] csv::Error),
}

impl LoadError {
    /// `error.code` of the job.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ColumnsMissing { .. } => "csvImport.columnsNotMatch",
            Self::NoColumns => "storage.tables.validation.noColumns",
            Self::ColumnName(_) | Self::Accents(_) => "storage.tables.validation.invalidColumnName",
            Self::ColumnTwice(_) => "csvImport.duplicateColumnNames",
            Self::RowLength { .. } | Self::Content(_) => "csvImport.invalidSourceData",
            Self::PrimaryKey(_) => "storage.tables.validation.invalidPrimaryKeyColumns",
        }
    }

    /// `results` of the job that failed by it.
    pub(crate) fn results(&self) -> Value {
        match self {
            Self::ColumnsMissing {
                missing, expected, ..
            } => {
                json!({"missingColumns": missing, "expectedColumns": expected})
            }
            _ => json!([]),
        }
    }
}
