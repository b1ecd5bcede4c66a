//! The queue over the wire: jobs that really run, and what becomes of them.
#![expect(
    clippy::unwrap_used,
    reason = "the lint knows tests by their attribute, not what they share"
)]

mod debug;
mod end;
mod events;
mod failures;
mod packages;
mod refusals;
mod run;
mod search;
mod secrets;
mod stand;
