//! The Config tab: the editor, what saving would change, the configuration's versions.

#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub(crate) use view::config_tab;
