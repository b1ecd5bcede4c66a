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
    /// The sandbox that it is in.
    pub sandbox: String,
    /// Process group of the runner, which is the process id of its leader.
    pub group: u32,
    /// When Run was pressed, in milliseconds since 1970.
    pub started_at: u64,
    /// Which code it runs, and on which inputs.
    pub of: RunOf,
}

/// Notes a run down, once all that it needs is in its sandbox.
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
