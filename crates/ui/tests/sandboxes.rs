//! The sandbox list, against a browser that answers from a list of our own.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use std::cell::Cell;
use std::rc::Rc;

use ui::dom::prelude::*;
use ui::sandboxes::{Sandboxes, sandbox_list};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
export function install() {
  const sandboxes = [{ id: 'i1', template: 'base', ends_at: Date.now() + 90000, paused: false, maker: 'other', configuration: null, size: null }];
  globalThis.asked = [];
  const answers = {
    ListSandboxes: () => sandboxes,
    EngineRuns: () => true,
    OwnedSandboxes: () => [],
    TerminateSandbox: () => { sandboxes.pop(); return null; },
    DropSandbox: () => null,
  };
  globalThis.chrome = { runtime: { sendMessage: async ({ name }) => {
    globalThis.asked.push(name);
    return JSON.stringify({ Ok: answers[name]() });
  } } };
}
export function asked() { return globalThis.asked.join(' '); }
")]
extern "C" {
    fn install();
    fn asked() -> String;
}

fn press(stage: &Element, name: &str) {
    let buttons = stage.query_selector_all("button").unwrap();
    let button = (0..buttons.length())
        .map(|at| buttons.get(at).unwrap())
        .find(|it| it.text_content().as_deref() == Some(name));
    button.unwrap().unchecked_into::<HtmlElement>().click();
}

async fn settled() {
    webext::timer::sleep_ms(50).await;
}

#[wasm_bindgen_test]
async fn a_sandbox_is_ended_after_a_question_and_only_when_the_button_can_be_seen() {
    install();
    let stage = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&stage).unwrap();
    let (place, seen) = (stage.clone(), Rc::new(Cell::new(false)));
    let sees = seen.clone();
    mount(move || {
        let sandboxes = Sandboxes::new();
        sandboxes.refresh();
        let now = ui::clock::ticking(|| false);
        sandbox_list(sandboxes, now, None, Rc::new(move || sees.get())).append_to(&place);
        ().into_any()
    });
    settled().await;
    assert!(stage.text_content().unwrap().contains("1:30 left"));
    press(&stage, "Terminate");
    settled().await;
    press(&stage, "Keep");
    settled().await;
    press(&stage, "Terminate");
    settled().await;
    press(&stage, "Terminate now");
    settled().await;
    assert!(stage.text_content().unwrap().contains("covered"));
    let read = "ListSandboxes EngineRuns OwnedSandboxes";
    assert_eq!(asked(), read);
    seen.set(true);
    press(&stage, "Terminate now");
    settled().await;
    assert_eq!(
        asked(),
        format!("{read} TerminateSandbox EngineRuns DropSandbox ListSandboxes")
    );
    assert!(
        stage
            .text_content()
            .unwrap()
            .contains("No sandbox is running")
    );
}
