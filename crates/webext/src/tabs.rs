//! Tabs: opening pages, and what the active tab shows.

use messages::ConfigurationUrl;
use wasm_bindgen::JsValue;

use crate::chrome;
use crate::frame::tell;
use crate::runtime::{get, object, settle, text};

/// Opens `url` in a new tab.
pub fn open(url: &str) {
    let promise = chrome::tabs_create(&object(&[("url", url.into())]));
    wasm_bindgen_futures::spawn_local(async move {
        let _ = settle(promise).await;
    });
}

/// The configuration that the active tab of this window shows.
pub async fn active_configuration() -> Option<ConfigurationUrl> {
    ConfigurationUrl::parse(&text(&active().await?, "url")?)
}

/// Opens the panel on the active tab; `false` when no content script answers there.
pub async fn open_panel() -> bool {
    match active().await {
        Some(tab) => tell(&tab, "open").await,
        None => false,
    }
}

/// Loads the tab again that holds this page; the page goes with it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Chrome counts its tabs
pub async fn reload_own() {
    if let Ok(tab) = settle(chrome::tabs_get_current()).await
        && let Some(id) = get(&tab, "id").as_f64()
    {
        let _ = settle(chrome::tabs_reload(id as u32)).await;
    }
}

async fn active() -> Option<JsValue> {
    let filter = object(&[("active", true.into()), ("currentWindow", true.into())]);
    let tabs = settle(chrome::tabs_query(&filter)).await.ok()?;
    let tab = js_sys::Array::from(&tabs).get(0);
    tab.is_object().then_some(tab)
}
