//! The parts of `chrome.*` that the product uses, as they are. Everything above is typed.

use js_sys::{Array, JsString, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = sendMessage, catch)]
    pub(crate) fn send_message(message: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getURL)]
    pub(crate) fn get_url(path: &str) -> String;

    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getContexts, catch)]
    pub(crate) fn get_contexts(filter: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = connect, catch)]
    pub(crate) fn connect(options: &JsValue) -> Result<Port, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "offscreen"], js_name = createDocument, catch)]
    pub(crate) fn create_document(options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "permissions"], js_name = request, catch)]
    pub(crate) fn permissions_request(permissions: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "permissions"], js_name = contains, catch)]
    pub(crate) fn permissions_contains(permissions: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "permissions"], js_name = remove, catch)]
    pub(crate) fn permissions_remove(permissions: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "scripting"], js_name = executeScript, catch)]
    pub(crate) fn execute_script(injection: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = create, catch)]
    pub(crate) fn tabs_create(options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = query, catch)]
    pub(crate) fn tabs_query(filter: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = reload, catch)]
    pub(crate) fn tabs_reload(tab: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = getCurrent, catch)]
    pub(crate) fn tabs_get_current() -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = sendMessage, catch)]
    pub(crate) fn tabs_send_message(tab: u32, message: &JsValue) -> Result<Promise, JsValue>;

    /// `chrome.storage.session` or `chrome.storage.local`.
    pub(crate) type StorageArea;

    #[wasm_bindgen(js_namespace = ["chrome", "storage"], js_name = session, thread_local_v2)]
    pub(crate) static SESSION: StorageArea;

    #[wasm_bindgen(js_namespace = ["chrome", "storage"], js_name = local, thread_local_v2)]
    pub(crate) static LOCAL: StorageArea;

    #[wasm_bindgen(method, getter, js_name = onChanged)]
    pub(crate) fn on_changed(this: &StorageArea) -> ChromeEvent;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn get(this: &StorageArea, keys: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn set(this: &StorageArea, items: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn remove(this: &StorageArea, keys: &Array) -> Result<Promise, JsValue>;

    /// An end of a `chrome.runtime` port.
    #[derive(Clone, Debug)]
    pub type Port;

    #[wasm_bindgen(method, js_name = postMessage, catch)]
    pub(crate) fn post_message(this: &Port, message: &JsString) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    pub(crate) fn disconnect(this: &Port);

    #[wasm_bindgen(method, getter, js_name = onMessage)]
    pub(crate) fn on_message(this: &Port) -> ChromeEvent;

    #[wasm_bindgen(method, getter, js_name = onDisconnect)]
    pub(crate) fn on_disconnect(this: &Port) -> ChromeEvent;

    /// A `chrome.events.Event`.
    pub(crate) type ChromeEvent;

    #[wasm_bindgen(method, js_name = addListener)]
    pub(crate) fn add_listener(this: &ChromeEvent, listener: &JsValue);
}
