//! A table's description (reference §7.1).

use serde::Deserialize;
use serde_json::{Map, Value};
use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::wire;

/// A table of Storage.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// `in.c-bucket.table`.
    pub id: String,
    /// Its address in the API.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub uri: Option<String>,
    /// Its name, the last part of the id.
    pub name: String,
    /// Names of the primary key's columns.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub primary_key: Vec<String>,
    /// Names of the distribution key's columns.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub distribution_key: Vec<String>,
    /// Names of its columns, in their order.
    pub columns: Vec<String>,
    /// ISO time of its creation.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub created: Option<String>,
    /// ISO time of the last change of its rows; `None` before the first.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub last_change_date: Option<String>,
    /// ISO time of the last import.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub last_import_date: Option<String>,
    /// Number of rows, when Storage knows it.
    #[serde(default, deserialize_with = "wire::optional_number")]
    pub rows_count: Option<u64>,
    /// Size in bytes, when Storage knows it.
    #[serde(default, deserialize_with = "wire::optional_number")]
    pub data_size_bytes: Option<u64>,
    /// Whether it is a view of another table. The change dates of an alias may lag behind its
    /// source's.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub is_alias: bool,
    /// Whether its columns have types.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub is_typed: bool,
    /// The types of a typed table.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub definition: Option<Value>,
    /// Its bucket's backend, for example `snowflake`.
    #[serde(default, rename = "bucket", deserialize_with = "backend")]
    pub backend: Option<String>,
    /// Its metadata, as the API lists it.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub metadata: Vec<Value>,
    /// Metadata by column.
    #[serde(default, deserialize_with = "wire::object")]
    pub column_metadata: Map<String, Value>,
}

impl<H: Http> Storage<'_, H> {
    /// Describes a table of the branch.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when there is none, or the token may not see it.
    pub async fn read_table(&self, table: &str) -> Result<Table, KeboolaError> {
        let path = format!("tables/{}", escape(table));
        self.get(&self.of_branch(&path), "description of the table")
            .await
    }
}

/// The one thing of a bucket that is wanted here.
fn backend<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let bucket = Value::deserialize(from)?;
    Ok(bucket["backend"].as_str().map(str::to_owned))
}
