//! Hosts that the extension may reach, beyond those of its manifest.

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::chrome;
use crate::runtime::{object, settle};

/// Whether all of the match patterns are allowed already.
pub async fn contains(origins: &[&str]) -> bool {
    settle(chrome::permissions_contains(&pattern_list(origins)))
        .await
        .is_ok_and(|yes| yes.is_truthy())
}

/// Asks the person. Must be called inside a click, before anything is awaited.
pub async fn request(origins: &[&str]) -> bool {
    settle(chrome::permissions_request(&pattern_list(origins)))
        .await
        .is_ok_and(|yes| yes.is_truthy())
}

fn pattern_list(origins: &[&str]) -> JsValue {
    let list: Array = origins
        .iter()
        .map(|origin| JsValue::from_str(origin))
        .collect();
    object(&[("origins", list.into())]).into()
}
