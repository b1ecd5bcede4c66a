//! The dev stack's e2b: a strict stand-in for the service (`reference/e2b.md`).
//!
//! Three faces: the control plane ([`E2b::api_router`]), the gateway that leads to sandboxes
//! ([`E2b::gateway_router`]), and switches for tests ([`E2b::control_router`]). A sandbox is one
//! `bubblewrap` with a root directory of its own, in which [`envd_main`] runs and starts real
//! processes as a user without rights on `/`.
//!
//! What differs from the service, on purpose: there is no `sudo` in a sandbox, its network is the
//! host's (none at all without internet access), its figures of memory and processors are the
//! host's, and no port but envd's can be reached from outside.

mod api;
mod control;
mod cors;
mod envd;
mod faults;
mod gateway;
mod host;
mod jail;
mod options;
mod process_tree;
mod random;
mod root;
mod sandbox;
mod service;
mod stack;
mod template;

pub use crate::envd::envd_main;
pub use crate::host::SANDBOX_CA_BUNDLE;
pub use crate::options::E2bOptions;
pub use crate::service::Service;
pub use crate::stack::E2b;
