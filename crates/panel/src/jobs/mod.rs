//! The Jobs tab: real jobs of Keboola, started and followed.

#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub(crate) use view::jobs_tab;
