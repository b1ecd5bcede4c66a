//! The Outputs tab: what the last run wrote.

#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub(crate) use view::outputs_tab;
