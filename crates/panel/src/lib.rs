//! The panel: all of the user interface on a configuration's page.
//!
//! It holds no key and calls no service: the worker and the engine do, and this shows what they
//! answer. Closing it loses nothing but what was typed and not saved. Each tab is a folder; what
//! computes there is tested natively, what touches the DOM exists in a browser only.

pub mod config;
pub mod files;
pub mod jobs;
pub mod log;
pub mod outputs;
pub mod run;
pub mod sandbox;
pub mod settings;

#[cfg(target_arch = "wasm32")]
mod download;
#[cfg(target_arch = "wasm32")]
mod ending;
#[cfg(target_arch = "wasm32")]
mod frame;
#[cfg(target_arch = "wasm32")]
mod head;
#[cfg(target_arch = "wasm32")]
mod refused_token;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod tabs;

/// Shows the panel. Called by the glue once the wasm is there.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    ui::dom::prelude::mount(frame::frame);
}
