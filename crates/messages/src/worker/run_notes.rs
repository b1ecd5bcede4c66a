//! Runs that go on, noted down where the engine's end does not reach.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;
use crate::engine::RunOf;

/// What it takes to find a run again: nothing secret. Kept until the browser closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// Whose.
    pub configuration: ConfigurationUrl,
    /// The run's id.
    pub run: String,
    /// Where it is, once its runner has its plan.
    pub place: Option<RunPlace>,
    /// When Run was pressed, in milliseconds since 1970.
    pub started_at: u64,
    /// Which code it runs, and on which inputs.
    pub of: RunOf,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPlace {
    /// The sandbox.
    pub sandbox: String,
    /// Process group of the runner, which is the process id of its leader.
    pub group: u32,
    /// How many inputs the runner is handed after its plan; the script waits for the last one.
    pub inputs: usize,
}

/// Notes a run down, in place of what was noted of it before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteRun {
    /// The run.
    pub note: RunNote,
}

/// A run is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetRun {
    /// See [`RunNote::run`].
    pub run: String,
}

/// The runs that were noted down and are not over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecallRuns {}
