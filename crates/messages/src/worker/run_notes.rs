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
    /// Where it is, before its runner is given its plan.
    pub place: Option<RunPlace>,
    /// When Run was pressed, in milliseconds since 1970.
    pub started_at: u64,
    /// Which code it runs, and on which inputs.
    pub of: RunOf,
    /// Whether it was stopped, and only its sandbox is still to be ended.
    pub stopped: bool,
}

/// Where a run is. Its runner is found by its tag, and what that has of plan and inputs in its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPlace {
    /// The sandbox.
    pub sandbox: String,
    /// End of the sandbox's life, in milliseconds since 1970.
    pub ends_at: u64,
    /// How the sandbox's life was lengthened for the run.
    pub lengthened: Option<Lengthened>,
}

/// A life that was lengthened for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lengthened {
    /// Its end before, in milliseconds since 1970.
    pub from: u64,
    /// Its end since then.
    pub to: u64,
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
