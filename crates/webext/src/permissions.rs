//! Hosts that the extension may reach and APIs that it may use, beyond those of its manifest.

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

/// Gives hosts back, each that is not the manifest's own; nothing happens to one that was not allowed.
pub async fn give_hosts_back(origins: &[&str]) {
    for origin in origins {
        let _ = settle(chrome::permissions_remove(&pattern_list(&[origin]))).await;
    }
}

/// Asks for the use of an API, as [`request`] asks for hosts. An API without a warning of its own
/// is allowed without a question.
pub async fn request_api(name: &str) -> bool {
    settle(chrome::permissions_request(&api(name)))
        .await
        .is_ok_and(|yes| yes.is_truthy())
}

/// Gives the use of an API back; nothing happens when it was not allowed.
pub async fn give_back(name: &str) {
    let _ = settle(chrome::permissions_remove(&api(name))).await;
}

fn api(name: &str) -> JsValue {
    object(&[("permissions", Array::of1(&name.into()).into())]).into()
}

fn pattern_list(origins: &[&str]) -> JsValue {
    let list: Array = origins
        .iter()
        .map(|origin| JsValue::from_str(origin))
        .collect();
    object(&[("origins", list.into())]).into()
}
