//! The dev stack over the wire: what it answers, and what it refuses.
#![expect(
    clippy::unwrap_used,
    reason = "the lint knows tests by their attribute, not what they share"
)]

mod azure;
mod client;
mod cloud;
mod configurations;
mod control;
mod egress;
mod encryption;
mod exports;
mod faults;
mod files;
mod gcs;
mod loads;
mod multipart;
mod objects;
mod page;
mod program;
mod sandbox;
mod sign;
mod tokens;
mod versions;
mod writers;
