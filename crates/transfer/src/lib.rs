//! Transfers without IO: checksums, rate and time left, retries, and an upload in parts.
//!
//! What sends the bytes is elsewhere and tells this crate what happened and when. Nothing here
//! knows a provider, waits, or looks at a clock.

pub mod checksum;
pub mod compression;
pub mod layout;
pub mod line;
pub mod rate;
pub mod retry;
pub mod transfer;
