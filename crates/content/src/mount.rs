//! What `extension/content/mount.js` does for this crate.

use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    /// Makes the element the button that opens and closes the panel.
    #[wasm_bindgen(js_namespace = kbcE2b, js_name = adopt)]
    pub(crate) fn adopt(element: &Element);

    /// Draws the floating button and adopts it.
    #[wasm_bindgen(js_namespace = kbcE2b, js_name = floatingButton)]
    pub(crate) fn floating_button() -> Element;

    /// Shuts the panel and removes the button.
    #[wasm_bindgen(js_namespace = kbcE2b, js_name = leave)]
    pub(crate) fn leave();
}
