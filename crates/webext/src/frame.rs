//! What the panel asks of the content script that mounted it.

use wasm_bindgen::JsValue;

use crate::chrome;
use crate::runtime::{get, object, settle};

/// Asks the content script of this frame's tab to close the panel.
pub fn close_frame() {
    wasm_bindgen_futures::spawn_local(async {
        if let Ok(tab) = settle(chrome::tabs_get_current()).await {
            tell(&tab, "close").await;
        }
    });
}

/// When a person last changed a field of the page behind this frame, in milliseconds since 1970;
/// `None` when nobody did since it was loaded, or no content script answers.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time after 1970
pub async fn typed_on_page_at() -> Option<u64> {
    let tab = settle(chrome::tabs_get_current()).await.ok()?;
    let at = ask(&tab, "typed-at").await?.as_f64()?;
    (at > 0.0).then_some(at as u64)
}

/// Sends `{panel: order}` to a tab's content script. `false` when no content script is there.
pub(crate) async fn tell(tab: &JsValue, order: &str) -> bool {
    ask(tab, order).await.is_some()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // tab ids are small integers
async fn ask(tab: &JsValue, order: &str) -> Option<JsValue> {
    let id = get(tab, "id").as_f64()?;
    let message = object(&[("panel", order.into())]);
    settle(chrome::tabs_send_message(id as u32, &message))
        .await
        .ok()
}
