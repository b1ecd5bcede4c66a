//! What a run is: the plan handed to the runner, its events, the log on its way to a person, what is
//! known of the sandbox, and the words that sum it up.
//!
//! The other side of [`plan`] and [`event`] is `runner/`; the contract between them is
//! `runner/PROTOCOL.md`. Nothing here does IO or knows a browser.

pub mod buffer;
pub mod event;
pub mod follow;
pub mod log;
pub mod mask;
pub mod plan;
pub mod sandbox;
pub mod summary;
