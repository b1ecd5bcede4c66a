//! What the engine needs for a run.
//!
//! It never sees a Storage token or an e2b key: it gets signed URLs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use runtime::plan::Input as RunInput;

use super::keys::Secret;
use super::settings::Settings;
use crate::ConfigurationUrl;
use crate::engine::RunOf;

/// Reads the configuration fresh and turns it into what a run needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanRun {
    /// Which.
    pub configuration: ConfigurationUrl,
    /// The run's id, for `KBC_RUNID`.
    pub run: String,
    /// Which code, and which inputs. A plan that is asked for again has the same edits.
    pub of: RunOf,
}

/// All that a run needs but the bytes of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// The configuration's name, for people.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The script.
    pub code: String,
    /// `base`, `3.12`, …
    pub venv: String,
    /// Packages in the order in which they are installed, `keboola.component` first.
    pub packages: Vec<String>,
    /// Text of `/data/config.json`, with the entered secrets in it.
    pub config_json: String,
    /// Text of `/data/in/state.json`.
    pub state_json: String,
    /// Environment of the script.
    pub environment: BTreeMap<String, String>,
    /// Values to mask in the log.
    pub mask: Vec<Secret>,
    /// The input tables, each exported by [`StartExport`] unless the sandbox has `cache_key`.
    pub tables: Vec<PlannedTable>,
    /// Ids of the input files, by mapping or attached, each described by [`DescribeFile`].
    pub files: Vec<u64>,
    /// Id of the archive that holds all inputs instead: that of a debug job.
    pub archive: Option<u64>,
    /// Settings in force.
    pub settings: Settings,
    /// The output mapping as JSON text (`{"tables":[…],"files":[…]}`), to show what applies.
    pub output_mapping: String,
}

/// An input table of a planned run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTable {
    /// Table id, `in.c-bucket.table`.
    pub table: String,
    /// Path below `/data`, `in/tables/{destination}`.
    pub path: String,
    /// Equal keys mean equal content; `None` when that cannot be known.
    pub cache_key: Option<String>,
    /// The manifest, as JSON text.
    pub manifest: String,
    /// Names of the columns, in the order of the export.
    pub columns: Vec<String>,
    /// Body of the export request, as JSON text.
    pub export: String,
}

/// Starts the export of an input table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartExport {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// The table, with the body of the request.
    pub table: PlannedTable,
}

/// An export that Keboola works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportStarted {
    /// Id of the Storage job.
    pub job: String,
}

/// Has an export ended?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadExport {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// See [`ExportStarted::job`].
    pub job: String,
    /// The table that is exported.
    pub table: PlannedTable,
}

/// Where an export stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Keboola still works on it.
    Working,
    /// Ready to be fetched.
    Ready(RunInput),
}

/// Describes a file of Storage for the runner: signed URLs, manifest, place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DescribeFile {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
    /// Whether it is the archive of a debug job, to be unpacked.
    pub unpack: bool,
}
