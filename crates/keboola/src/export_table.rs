//! Exporting a table: the job that is started, and where it stands (reference §7.1).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::wire;

/// What is exported of a table. Its JSON is the wire's, less what never varies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportRequest {
    /// Names of the columns, in the order of the export. Never empty: the slices have no header,
    /// so the order must be ours.
    pub columns: Vec<String>,
    /// Largest number of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Rows changed since: a Unix time, an ISO time, or words such as `-7 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<String>,
    /// All of them must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub where_filters: Vec<WhereFilter>,
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhereFilter {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub operator: WhereOperator,
    /// One of them (equal), or none of them (not equal).
    pub values: Vec<String>,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhereOperator {
    /// Is one of the values.
    #[default]
    Eq,
    /// Is none of the values.
    Ne,
}

/// Where an export stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// It waits or is being worked on.
    Working,
    /// Done: the id of the file that holds the rows, gzip, often sliced and then without header.
    Ready {
        /// Id of the file.
        file: u64,
    },
    /// Keboola gave up.
    Failed {
        /// Keboola's words.
        message: String,
        /// Its code.
        code: Option<String>,
    },
}

impl<H: Http> Storage<'_, H> {
    /// Starts an export; the id of its job. Not to be repeated blindly.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when there is no such table.
    pub async fn start_export(
        &self,
        table: &str,
        request: &ExportRequest,
    ) -> Result<String, KeboolaError> {
        let url = self.of_branch(&format!("tables/{}/export-async", escape(table)));
        let mut body = serde_json::to_value(request)
            .map_err(|_| KeboolaError::unexpected("the export request cannot be written"))?;
        body["format"] = json!("rfc");
        body["gzip"] = json!(true);
        let job: JobWire = self.post(&url, &body, "export job").await?;
        Ok(job.id)
    }

    /// Asks where an export stands. Jobs have no branch form.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when there is no such job. A job that failed is
    /// [`Export::Failed`], not an error.
    pub async fn read_export(&self, job: &str) -> Result<Export, KeboolaError> {
        let url = self.of_project(&format!("jobs/{}", escape(job)));
        let job: JobWire = self.get(&url, "export job").await?;
        match job.status.as_str() {
            "waiting" | "processing" => Ok(Export::Working),
            "success" => job
                .results
                .pointer("/file/id")
                .and_then(wire::whole)
                .map(|file| Export::Ready { file })
                .ok_or_else(|| KeboolaError::unexpected("the export job names no file")),
            "error" => {
                let text = |name: &str| match job.error.get(name) {
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    _ => None,
                };
                Ok(Export::Failed {
                    message: text("message").unwrap_or_else(|| "no reason given".to_owned()),
                    code: text("code"),
                })
            }
            _ => Err(KeboolaError::unexpected(
                "the export job has a status that is not known",
            )),
        }
    }
}

#[derive(Deserialize)]
struct JobWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    status: String,
    #[serde(default)]
    results: Value,
    #[serde(default)]
    error: Value,
}
