//! Jobs of the queue: start, find, follow and end them (reference §6).

mod events;
mod job;
mod queue;
mod start;

pub use events::{EventLevel, EventRange, JobEvent};
pub use job::{Job, JobMode, JobState};
pub use queue::Queue;
pub use start::{Before, Earlier, StartError, Starting};
