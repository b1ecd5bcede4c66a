//! The typed calls, replies and events between the five places, and their encoding.
//!
//! A **call** goes to one place (the worker or the engine) and has one reply. An **event** comes
//! from the engine over a port, to every panel and popup that listens. What a call carries is JSON
//! text inside a small envelope, because a configuration's numbers and key order must survive the
//! way; a `File` travels beside it, as serde cannot carry one.
//!
//! Invariant: only this crate knows the encoding.

mod call;
pub mod engine;
mod problem;
pub mod worker;

pub use call::{Call, Envelope, Place, decode_reply, encode_reply};
pub use keboola::page::{ConfigurationUrl, StackHost};
pub use problem::{Problem, ProblemCode};
