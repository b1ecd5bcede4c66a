//! Where a load gets its data, and how it reads it: what `tables-async` and `import-async` have in
//! common (reference/keboola.md section 7.2).

use serde_json::{Value, json};

use super::caller::Caller;
use super::data_file;
use super::error::StorageError;
use super::files;
use super::parameters::{Commas, Parameters};
use crate::project::Project;
use crate::project::csv_file::{CsvFile, CsvFormat, Heading};
use crate::project::file::StoredFile;
use crate::project::job::JobError;
use crate::world::World;

/// Sources and options of the real API that this stack does not have.
const UNSUPPORTED: [&str; 8] = [
    "data",
    "dataString",
    "dataUrl",
    "snapshotId",
    "dataWorkspaceId",
    "sourceTableId",
    "ignoredLinesCount",
    "treatValuesAsNull",
];

/// A file and the way to read it.
#[derive(Debug)]
pub(super) struct Source {
    file: StoredFile,
    pub(super) format: CsvFormat,
    heading: Heading,
}

impl Source {
    /// From the parameters of a call; the file must be one that the caller may read.
    pub(super) fn read(
        parameters: &Parameters,
        project: &mut Project,
        caller: &Caller,
    ) -> Result<Self, StorageError> {
        let refuse = |text: String| StorageError::invalid("storage.tables.validation", text);
        for name in UNSUPPORTED {
            if parameters.get(name).is_some() {
                return Err(refuse(format!(
                    "The dev stack does not support \"{name}\"."
                )));
            }
        }
        let format = format(parameters)?;
        let columns = parameters.texts("columns", Commas::Separate)?;
        let heading = match (columns.is_empty(), parameters.flag("withoutHeaders")?) {
            (false, _) => Heading::Named(columns),
            (true, true) => Heading::OfTable,
            (true, false) => Heading::FirstLine,
        };
        let id = parameters.text("dataFileId")?;
        let id = id.ok_or_else(|| refuse("\"dataFileId\" must be set.".to_owned()))?;
        Ok(Self {
            file: files::find(project, caller, &id)?.clone(),
            format,
            heading,
        })
    }

    /// `operationParams` of the job.
    pub(super) fn to_json(&self, parameters: &Parameters) -> Value {
        json!({
            "queue": "main",
            "source": {"type": "file", "fileId": self.file.id},
            "params": parameters.to_json(),
        })
    }

    /// Reads the file. `table` has the columns of the table that is there.
    pub(super) async fn rows(&self, world: &World, table: &[String]) -> Result<CsvFile, JobError> {
        let storage = world.files(self.file.provider);
        let slices = data_file::slices(storage, &self.file).await?;
        Ok(CsvFile::read(&slices, self.format, &self.heading, table)?)
    }
}

fn format(parameters: &Parameters) -> Result<CsvFormat, StorageError> {
    let refuse = |text: &str| StorageError::invalid("invalidCsv", text);
    let given = |name: &str, otherwise: &str| -> Result<String, StorageError> {
        Ok(parameters
            .text(name)?
            .unwrap_or_else(|| otherwise.to_owned()))
    };
    let escaped = given("escapedBy", "")?;
    let enclosure = given("enclosure", if escaped.is_empty() { "\"" } else { "" })?;
    if !escaped.is_empty() && !enclosure.is_empty() {
        return Err(refuse(
            "Only one of enclosure and escapedBy can be specified.",
        ));
    }
    if !escaped.is_empty() {
        return Err(refuse("The dev stack does not support \"escapedBy\"."));
    }
    let delimiter = match given("delimiter", ",")?.as_str() {
        "\\t" => b'\t',
        text => one(text).ok_or_else(|| refuse("The delimiter must be one character."))?,
    };
    let enclosure = match enclosure.as_str() {
        "" => None,
        text => Some(one(text).ok_or_else(|| refuse("The enclosure must be one character."))?),
    };
    Ok(CsvFormat {
        delimiter,
        enclosure,
    })
}

fn one(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] => Some(*byte),
        _ => None,
    }
}
