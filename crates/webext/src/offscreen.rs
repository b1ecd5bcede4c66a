//! The one offscreen document of the extension.

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::chrome;
use crate::runtime::{describe, object, settle, url};

/// Whether the document exists.
pub async fn exists() -> bool {
    let kinds: Array = [JsValue::from_str("OFFSCREEN_DOCUMENT")]
        .into_iter()
        .collect();
    let contexts = settle(chrome::get_contexts(&object(&[(
        "contextTypes",
        kinds.into(),
    )])))
    .await;
    contexts.is_ok_and(|list| Array::from(&list).length() > 0)
}

/// Creates the document unless it exists.
///
/// # Errors
/// What Chrome says when it cannot be created.
pub async fn ensure(path: &str, justification: &str) -> Result<(), String> {
    if exists().await {
        return Ok(());
    }
    let reasons: Array = [JsValue::from_str("BLOBS")].into_iter().collect();
    let created = settle(chrome::create_document(&object(&[
        ("url", url(path).into()),
        ("reasons", reasons.into()),
        ("justification", justification.into()),
    ])))
    .await;
    match created {
        Ok(_) => Ok(()),
        // Two calls at once: the other one made it.
        Err(_) if exists().await => Ok(()),
        Err(error) => Err(describe(&error)),
    }
}
