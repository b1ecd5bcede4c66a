//! The screen of a terminal: xterm.js, which `bundles/terminal.js` wraps. It is loaded when the first
//! terminal is opened.

use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = loadTerminal)]
    async fn load_terminal() -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, js_name = open)]
    fn open(
        this: &Module,
        element: &HtmlElement,
        on_text: &JsValue,
        on_size: &JsValue,
        on_leave: &JsValue,
    ) -> Shown;

    type Shown;
    #[wasm_bindgen(method)]
    fn columns(this: &Shown) -> u16;
    #[wasm_bindgen(method)]
    fn rows(this: &Shown) -> u16;
    #[wasm_bindgen(method)]
    fn show(this: &Shown, base64: &str);
    #[wasm_bindgen(method)]
    fn say(this: &Shown, text: &str);
    #[wasm_bindgen(method)]
    fn clear(this: &Shown);
    #[wasm_bindgen(method)]
    fn focus(this: &Shown);
    #[wasm_bindgen(method)]
    fn close(this: &Shown);
}

/// A screen in an element; gone when it is dropped.
pub(super) struct Screen {
    shown: Shown,
    _listeners: Listeners,
}

/// What the screen calls: kept for as long as it may.
type Listeners = (
    Closure<dyn FnMut(String)>,
    Closure<dyn FnMut(u16, u16)>,
    Closure<dyn FnMut()>,
);

impl Screen {
    /// `None` when its code could not be loaded.
    pub(super) async fn open(
        element: &HtmlElement,
        on_text: impl FnMut(String) + 'static,
        on_size: impl FnMut(u16, u16) + 'static,
        on_leave: impl FnMut() + 'static,
    ) -> Option<Self> {
        let module: Module = load_terminal().await.ok()?.unchecked_into();
        let listeners: Listeners = (
            Closure::new(on_text),
            Closure::new(on_size),
            Closure::new(on_leave),
        );
        let shown = module.open(
            element,
            listeners.0.as_ref(),
            listeners.1.as_ref(),
            listeners.2.as_ref(),
        );
        Some(Self {
            shown,
            _listeners: listeners,
        })
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        (self.shown.columns(), self.shown.rows())
    }

    /// Shows what the shell wrote.
    pub(super) fn show(&self, base64: &str) {
        self.shown.show(base64);
    }

    /// Shows words of ours, on a line of their own.
    pub(super) fn say(&self, words: &str) {
        self.shown.say(&format!("\r\n{words}\r\n"));
    }

    /// Forgets what was shown.
    pub(super) fn clear(&self) {
        self.shown.clear();
    }

    pub(super) fn focus(&self) {
        self.shown.focus();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.shown.close();
    }
}
