//! What the runner tells: one JSON object a line, read from chunks as the network cut them.

mod kinds;
mod read;
mod reader;

use thiserror::Error;

use crate::log::Stream;

pub use kinds::{
    Exit, ExitReason, Hello, InputReport, OutputFile, OutputTable, Outputs, RunProblem,
    RunProblemCode, StepName, StepReport, StepState,
};
pub use reader::EventReader;

/// A line of the runner's standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its place and time; a foreign line has none.
    pub stamp: Option<Stamp>,
    /// What it says.
    pub event: Event,
}

/// Place and time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its number: 0, 1, 2, …
    pub n: u64,
    /// Milliseconds since the runner began.
    pub t: u32,
}

/// What the runner tells. Fields that are not known are ignored, so is an [`Event::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The runner lives.
    Hello(Hello),
    /// A step began or ended.
    Step(StepReport),
    /// An input is in place.
    Input(InputReport),
    /// Raw output; a chunk may end inside a character.
    Out {
        /// Of what.
        stream: Stream,
        /// At most 64 KiB.
        bytes: Vec<u8>,
    },
    /// The script ended; its output is complete.
    Exit(Exit),
    /// What it left below `out`.
    Outputs(Outputs),
    /// What went wrong but the script itself. At most one.
    Problem(RunProblem),
    /// Nothing follows.
    Finished {
        /// The script ended with code 0 and there was no problem.
        ok: bool,
    },
    /// From here on the runner's file lacks the script's output.
    Capped,
    /// So many events are nowhere: they were told while nobody listened, and the file was capped.
    Missing {
        /// How many.
        count: u64,
    },
    /// A kind that a newer runner sends.
    Unknown {
        /// Its name.
        kind: String,
    },
    /// A line that is no event: Python's own last words, for example.
    Foreign(String),
}

/// Why the runner's output cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// A line is longer than any event.
    #[error("a line of more than {cap} bytes")]
    TooLong {
        /// The reader's cap.
        cap: usize,
    },
    /// An event whose fields are not what the protocol says.
    #[error("the event {kind:?} cannot be read: {why}")]
    Malformed {
        /// Its kind.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
    /// Events are missing in between.
    #[error("events {expected} to {got} are missing")]
    Gap {
        /// Number of the first that is missing.
        expected: u64,
        /// Number of the one that came instead.
        got: u64,
    },
}
