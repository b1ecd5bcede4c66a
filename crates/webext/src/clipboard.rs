//! The clipboard, for Copy buttons.

use wasm_bindgen_futures::JsFuture;

/// Writes text to the clipboard; `false` when the browser refuses.
pub async fn write(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    JsFuture::from(window.navigator().clipboard().write_text(text))
        .await
        .is_ok()
}
