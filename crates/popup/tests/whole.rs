//! The whole popup on a page that is no configuration.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use ui::dom::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Element;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
export function install() {
  globalThis.asked = [];
  const answers = { ReadKeys: { e2b_key: { last4: '9f3a' }, token: null, tokens: 2 }, EngineRuns: false, ListSandboxes: [] };
  globalThis.chrome = {
    runtime: { sendMessage: async ({ name }) => { globalThis.asked.push(name); return JSON.stringify({ Ok: answers[name] }); } },
    tabs: { query: async () => [{ id: 1, url: 'https://connection.keboola.com/admin/projects/33' }] },
  };
}
export function asked() { return globalThis.asked.sort().join(' '); }
")]
extern "C" {
    fn install();
    fn asked() -> String;
}

#[wasm_bindgen_test]
async fn it_tells_keys_and_why_the_panel_does_not_open_and_starts_no_engine() {
    install();
    popup::start();
    webext::timer::sleep_ms(150).await;
    let popups = document().query_selector_all(".popup").unwrap();
    let last = popups.get(popups.length() - 1).unwrap();
    let popup: Element = last.unchecked_into();
    let text = popup.text_content().unwrap();
    for words in [
        "The panel opens on the page of a Custom Python configuration.",
        "e2b key, ends in 9f3a",
        "Storage tokens of 2 projects",
        "Nothing is running.",
        "No sandbox is running.",
    ] {
        assert!(text.contains(words), "{words} is not in: {text}");
    }
    let open = popup.query_selector(".primary").unwrap().unwrap();
    assert!(open.has_attribute("disabled"));
    assert_eq!(asked(), "EngineRuns ListSandboxes ReadKeys");
}
