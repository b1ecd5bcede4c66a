//! The whole panel against a browser that has no keys, under the policy of the extension's pages.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use ui::dom::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
export function install(policy) {
  const configuration = { stack: 'connection.keboola.com', project: '33', branch: '7', configuration: '9' };
  const answers = {
    ReadContext: { configuration, name: 'Sales', version: 1 },
    ReadKeys: { e2b_key: null, token: null, tokens: 0 },
    ReadSettings: { template: 'base', life_seconds: 45, limit_seconds: 0, environment: { A: 'b' }, reuse: false, internet: true },
    ReadService: { profile: { kind: 'cloud' }, api_url: 'https://api.e2b.app', sandbox_url: 'https://49983-{id}.e2b.app', hosts: [], allowed: true, in_clear: false },
    ListSandboxes: [], StartEngine: null,
  };
  const event = { addListener() {} };
  const storage = { get: async () => ({}), set: async () => {}, remove: async () => {}, onChanged: event };
  globalThis.chrome = { storage: { session: storage, local: storage }, runtime: {
    sendMessage: async ({ name }) => JSON.stringify({ Ok: answers[name] }),
    connect: () => ({ onMessage: event, onDisconnect: event, disconnect() {} }),
  } };
  globalThis.violations = [];
  globalThis.addEventListener('securitypolicyviolation', (it) => globalThis.violations.push(it.violatedDirective));
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = policy;
  document.head.append(meta);
}
export function bites() {
  try { document.createElement('p').innerHTML = '<b>x</b>'; return false; } catch { return true; }
}
export function violations() { return globalThis.violations.splice(0).join(' '); }
")]
extern "C" {
    fn install(policy: &str);
    fn bites() -> bool;
    fn violations() -> String;
}

fn one(selector: &str) -> Element {
    let found = document().query_selector(selector).unwrap();
    found.unwrap_or_else(|| panic!("no {selector}"))
}

fn text(selector: &str) -> String {
    one(selector).text_content().unwrap()
}

async fn settled() {
    webext::timer::sleep_ms(150).await;
}

#[wasm_bindgen_test]
async fn without_keys_it_says_what_is_missing_and_leads_to_settings() {
    install("style-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'");
    assert!(bites());
    settled().await;
    assert_ne!(violations(), "");
    panel::start();
    settled().await;
    // The glue of the test starts one panel before there is a browser to ask; the last is ours.
    let panels = document().query_selector_all(".panel").unwrap();
    for at in 0..panels.length() - 1 {
        panels.get(at).unwrap().unchecked_into::<Element>().remove();
    }
    assert_eq!(text("h1"), "Sales");
    let context = text(".context");
    for words in ["us-east-1 · project 33 · branch 7", "No keys yet"] {
        assert!(context.contains(words), "{context}");
    }
    assert!(one("#run .primary").has_attribute("disabled"));
    assert!(text("#run .notice").contains("an e2b API key and a Storage token"));
    one("#run .notice button")
        .unchecked_into::<HtmlElement>()
        .click();
    settled().await;
    assert!(one("#run").has_attribute("hidden"));
    assert!(!one("#settings").has_attribute("hidden"));
    assert_eq!(document().active_element().unwrap().id(), "e2b-key");
    // What was kept is shown, a life that is not among the offered ones as well.
    let life = one("[aria-label='Sandbox life, in seconds']");
    let life: web_sys::HtmlInputElement = life.unchecked_into();
    assert_eq!(life.value(), "45");
    assert_eq!(violations(), "");
}
