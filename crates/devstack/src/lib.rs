//! Stand-ins for Keboola and e2b on loopback TLS, so that demo and tests need no account.
//!
//! One process: the admin page and the Storage API of a stack, the object store behind it, a Python
//! package index, an egress proxy for sandboxes, and (from the crate `devstack-e2b`) e2b. It is
//! strict: what the real service refuses, it refuses. Fault switches are here, never in the product.

mod announcement;
mod azure;
mod control;
mod disk;
mod drained;
mod egress;
mod encryption;
mod faults;
mod file_storage;
mod gate;
mod gcs;
mod glob;
mod hosts;
mod listen;
mod moment;
mod packages;
mod page;
mod project;
mod provider;
mod queue;
mod random;
mod requests;
mod s3;
mod seed;
mod service_error;
mod stack;
mod storage;
mod sync;
mod tls;
mod turns;
mod watched;
mod world;
mod writers;

pub use announcement::{Announcement, CloudAnnouncement, E2bAnnouncement, KeboolaAnnouncement};
pub use seed::SeedError;
pub use stack::{Stack, StackOptions, StartError};
