//! The bodies of the events, as `runner/PROTOCOL.md` names their fields.

use serde::Deserialize;

/// First event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// Version of the protocol.
    pub protocol: u32,
    /// Version of Python, `3.11.7`.
    #[serde(default)]
    pub python: String,
    /// Whether `uv` installs.
    #[serde(default)]
    pub uv: bool,
    /// Number of the runner's process and process group.
    pub pid: u32,
}

/// A step as it stands, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StepReport {
    /// Which.
    pub step: StepName,
    /// Where it stands.
    pub state: StepState,
    /// Packages done: how many.
    #[serde(default)]
    pub count: Option<u64>,
    /// Packages done: whether they were installed before.
    #[serde(default)]
    pub cached: Option<bool>,
    /// Inputs or outputs done: tables.
    #[serde(default)]
    pub tables: Option<u64>,
    /// Inputs or outputs done: files.
    #[serde(default)]
    pub files: Option<u64>,
    /// Inputs done: bytes of all.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Inputs done: how many the sandbox had already.
    #[serde(default)]
    pub unchanged: Option<u64>,
}

/// The runner's steps. Packages and inputs overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Installing packages.
    Packages,
    /// Fetching inputs.
    Inputs,
    /// The script.
    Script,
    /// Looking at what it wrote.
    Outputs,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It goes on.
    Began,
    /// It worked.
    Done,
    /// It did not.
    Failed,
}

/// An input that is in place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InputReport {
    /// Path below `data`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Whether the sandbox had it already.
    #[serde(default)]
    pub cached: bool,
    /// The key that the sandbox keeps it under.
    #[serde(default)]
    pub cache_key: Option<String>,
}

/// How the script ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Exit {
    /// Exit code; `None` when a signal ended it or it never began.
    #[serde(default)]
    pub code: Option<i32>,
    /// Name of the signal that ended it.
    #[serde(default)]
    pub signal: Option<String>,
    /// How long it ran, in milliseconds.
    #[serde(default)]
    pub ms: u64,
    /// Why it ended.
    pub reason: ExitReason,
    /// Whether the system ended processes for lack of memory meanwhile.
    #[serde(default)]
    pub out_of_memory: bool,
    /// The most memory that it had, in bytes.
    #[serde(default)]
    pub peak_memory: Option<u64>,
    /// Processor time that it took, in milliseconds.
    #[serde(default)]
    pub cpu_ms: Option<u64>,
}

/// Why a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// By itself, or the system killed it.
    Ended,
    /// Stop was pressed.
    Stopped,
    /// The time limit was over.
    Limit,
}

/// What lies below `out`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Outputs {
    /// Below `out/tables`.
    #[serde(default)]
    pub tables: Vec<OutputTable>,
    /// Below `out/files`.
    #[serde(default)]
    pub files: Vec<OutputFile>,
    /// Manifests without a table or file, by their paths below `out`.
    #[serde(default)]
    pub orphans: Vec<String>,
}

/// A table below `out/tables`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutputTable {
    /// Its name there.
    pub name: String,
    /// Its size; of all slices together.
    pub bytes: u64,
    /// Records below the header; `None` when it cannot be read.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Names of its columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Its manifest's text.
    #[serde(default)]
    pub manifest: Option<String>,
}

/// A file below `out/files`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutputFile {
    /// Its name there.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its manifest's text.
    #[serde(default)]
    pub manifest: Option<String>,
}

/// What went wrong but the script itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunProblem {
    /// Which kind.
    pub code: RunProblemCode,
    /// In words for the user; no URL's path or query.
    #[serde(default)]
    pub message: String,
}

/// Kinds of [`RunProblem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunProblemCode {
    /// An input did not arrive.
    InputFailed,
    /// A package could not be installed.
    PackagesFailed,
    /// The sandbox's disk is full.
    NoSpace,
    /// The component's folder cannot be written.
    DataNotWritable,
    /// The engine asked for the end.
    Aborted,
    /// The runner made a mistake.
    #[serde(other)]
    Internal,
}
