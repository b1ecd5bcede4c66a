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

/// Sends `{panel: order}` to a tab's content script. `false` when no content script is there.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // tab ids are small integers
pub(crate) async fn tell(tab: &JsValue, order: &str) -> bool {
    let Some(id) = get(tab, "id").as_f64() else {
        return false;
    };
    let message = object(&[("panel", order.into())]);
    settle(chrome::tabs_send_message(id as u32, &message))
        .await
        .is_ok()
}
