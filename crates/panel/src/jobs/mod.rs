//! The Jobs tab: start a real job of the configuration, follow it, look at those before.

pub mod lines;
pub mod pace;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod followed;
#[cfg(target_arch = "wasm32")]
mod following;
#[cfg(target_arch = "wasm32")]
mod list;
#[cfg(target_arch = "wasm32")]
mod start;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub(crate) use view::jobs_tab;
