//! Transfers without IO: checksums, rate and time left, retries, and where a transfer stands.
//!
//! What sends the bytes is elsewhere and tells this crate what happened and when. Nothing here
//! knows a provider, waits, or looks at a clock.

pub mod checksum;
pub mod rate;
pub mod retry;
pub mod state;
