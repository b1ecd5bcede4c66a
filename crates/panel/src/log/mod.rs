//! The log view: a hundred thousand lines and more, searched, filtered and followed smoothly.
//!
//! The way of a line: [`lines`] takes it in (with [`ansi`]), [`rows`] filters, breaks and searches
//! it, [`window`] tells which rows are in view; the painter draws those, once a frame.

pub mod ansi;
pub mod lines;
pub mod rows;
pub mod search;
pub mod stretches;
pub mod window;

#[cfg(target_arch = "wasm32")]
mod painter;
#[cfg(target_arch = "wasm32")]
pub mod pane;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{JOB, RUN, log_view};
