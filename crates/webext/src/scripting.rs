//! Running a file of the extension in a page.

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::chrome;
use crate::runtime::{describe, get, object, settle};

/// The optional permission that it needs.
pub const PERMISSION: &str = "scripting";

/// Runs `file` in the top document of a tab, in the world of the page's own scripts, and waits for
/// the promise that is the value of its last statement. The page's CSP does not matter.
///
/// # Errors
/// In Chrome's words: the permission is not there, or the page is not one of ours.
pub async fn run_in_page(tab: u32, file: &str) -> Result<JsValue, String> {
    let target = object(&[
        ("tabId", tab.into()),
        ("frameIds", Array::of1(&0.into()).into()),
    ]);
    let injection = object(&[
        ("target", target.into()),
        ("world", "MAIN".into()),
        ("injectImmediately", true.into()),
        ("files", Array::of1(&file.into()).into()),
    ]);
    let results = settle(chrome::execute_script(&injection))
        .await
        .map_err(|error| describe(&error))?;
    Ok(get(&Array::from(&results).get(0), "result"))
}
