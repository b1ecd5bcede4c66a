//! View code that panel and popup share: formats, the engine's events, icons, the sandbox list.
//!
//! What computes ([`format`], [`feed`]) compiles and is tested natively; what touches the DOM exists
//! in a browser only.
//!
//! Invariant: views are built with the elements of [`dom`], never with Leptos' `view!`. The macro
//! turns static parts into `innerHTML`, which the pages' `trusted-types 'none'` refuses.

pub mod feed;
pub mod format;
pub mod keys;

#[cfg(target_arch = "wasm32")]
pub mod allow;
#[cfg(target_arch = "wasm32")]
pub mod clock;
#[cfg(target_arch = "wasm32")]
pub mod controls;
#[cfg(target_arch = "wasm32")]
pub mod dom;
#[cfg(target_arch = "wasm32")]
pub mod engine_link;
#[cfg(target_arch = "wasm32")]
pub mod icon;
#[cfg(target_arch = "wasm32")]
mod inbox;
pub mod life;
#[cfg(target_arch = "wasm32")]
pub mod notice;
#[cfg(target_arch = "wasm32")]
pub mod sandboxes;
