//! The popup of the toolbar button: which keys are there, what is running, and the way to the
//! panel.
//!
//! It lives for as long as it is open, so it owns no work: the engine does. An engine that does not
//! run is not started just to hear that it does nothing.

pub mod words;

#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod opening;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
mod work;

/// Shows the popup. Called by the glue once the wasm is there.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    ui::dom::prelude::mount(view::popup);
}
