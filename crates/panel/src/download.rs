//! Handing a file to the browser's downloads.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves a text. A browser that refuses says so itself.
pub(crate) fn text(name: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type("text/plain;charset=utf-8");
    let parts = Array::of1(&text.into());
    if let Ok(text) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        let _ = blob(name, &text);
    }
}

/// Saves a blob.
///
/// # Errors
/// What the browser throws when it has no room for it.
pub(crate) fn blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::UNDEFINED)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The download has its own hold on the blob once it was clicked.
    Url::revoke_object_url(&url)
}
