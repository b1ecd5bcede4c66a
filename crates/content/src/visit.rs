//! One stay on one configuration's page: everything placed belongs to it and goes with it.
//!
//! The page draws itself after the address has changed and may redraw later, so the place of the
//! button is looked for again whenever the document changes, at most once a frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use keboola::page::ConfigurationUrl;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, MutationObserver, MutationObserverInit};

use crate::{anchor, mount};

/// How long the action list may take to appear before the button floats, in milliseconds.
const PATIENCE_MS: i32 = 2_000;

/// A stay on a configuration's page. Dropping it removes the button and shuts the panel.
pub(crate) struct Visit {
    configuration: ConfigurationUrl,
    observer: Option<MutationObserver>,
    _closures: [Closure<dyn FnMut()>; 2],
    placed: Rc<Placed>,
}

#[derive(Default)]
struct Placed {
    item: RefCell<Option<Element>>,
    floats: Cell<bool>,
    frame_asked: Cell<bool>,
    over: Cell<bool>,
}

impl Visit {
    /// Begins a stay: places the button as soon as its place exists.
    pub(crate) fn begin(configuration: ConfigurationUrl) -> Self {
        let placed = Rc::new(Placed::default());
        let on_frame = closure(&placed, |placed| {
            placed.frame_asked.set(false);
            placed.place();
        });
        let on_patience = closure(&placed, Placed::float);
        let observer = watch(&placed, &on_frame);
        placed.place();
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                on_patience.as_ref().unchecked_ref(),
                PATIENCE_MS,
            );
        }
        Self {
            configuration,
            observer,
            _closures: [on_frame, on_patience],
            placed,
        }
    }

    /// Whose page it is.
    pub(crate) fn configuration(&self) -> &ConfigurationUrl {
        &self.configuration
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.placed.over.set(true);
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        mount::leave();
        if let Some(item) = self.placed.item.take() {
            item.remove();
        }
    }
}

impl Placed {
    fn place(&self) {
        let Some(document) = document() else { return };
        let stands = self
            .item
            .borrow()
            .as_ref()
            .is_some_and(|item| item.is_connected());
        if self.over.get() || (stands && !self.floats.get()) || anchor::asks_to_log_in(&document) {
            return;
        }
        if let Some(entry) = anchor::place(&document) {
            if let Some(old) = self.item.replace(Some(entry.item)) {
                old.remove();
            }
            self.floats.set(false);
            mount::adopt(&entry.button);
        }
    }

    fn float(&self) {
        let Some(document) = document() else { return };
        let stands = self
            .item
            .borrow()
            .as_ref()
            .is_some_and(|item| item.is_connected());
        if self.over.get() || stands || anchor::asks_to_log_in(&document) {
            return;
        }
        self.floats.set(true);
        self.item.replace(Some(mount::floating_button()));
    }
}

fn closure(placed: &Rc<Placed>, act: impl Fn(&Placed) + 'static) -> Closure<dyn FnMut()> {
    let placed = placed.clone();
    Closure::new(move || {
        if !placed.over.get() {
            act(&placed);
        }
    })
}

fn watch(placed: &Rc<Placed>, on_frame: &Closure<dyn FnMut()>) -> Option<MutationObserver> {
    let placed = placed.clone();
    let on_frame: js_sys::Function = on_frame.as_ref().clone().unchecked_into();
    let on_change = Closure::<dyn FnMut()>::new(move || {
        if !placed.frame_asked.replace(true)
            && let Some(window) = web_sys::window()
        {
            let _ = window.request_animation_frame(&on_frame);
        }
    });
    let observer = MutationObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
    // The observer keeps the callback for as long as it observes.
    on_change.forget();
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    observer
        .observe_with_options(document()?.body()?.as_ref(), &options)
        .ok()?;
    Some(observer)
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_futures::JsFuture;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    // What `extension/content/mount.js` does, as far as these tests look at it.
    #[wasm_bindgen(inline_js = "
        export function install_mount() {
            globalThis.kbcE2b = {
                adopt: (element) => element.setAttribute('data-kbc-e2b', 'button'),
                floatingButton: () => {
                    const element = document.createElement('button');
                    element.setAttribute('data-kbc-e2b', 'button');
                    element.className = 'floats';
                    document.documentElement.append(element);
                    return element;
                },
                leave: () => {},
            };
        }
        // The test runner keeps its own elements in the body.
        export function show(html) {
            const page = document.getElementById('page') ?? document.createElement('div');
            page.id = 'page';
            page.innerHTML = html;
            document.body.append(page);
        }
        export function wait(ms) { return new Promise((done) => setTimeout(done, ms)); }
        export function buttons() {
            return [...document.querySelectorAll('[data-kbc-e2b=button]')]
                .map((it) => `${it.localName}.${it.className}|${it.textContent.trim()}|`
                    + `${it.closest('li')?.previousElementSibling?.textContent.trim() ?? '-'}`).join(' ');
        }
    ")]
    extern "C" {
        fn install_mount();
        fn show(html: &str);
        fn wait(ms: u32) -> js_sys::Promise;
        fn buttons() -> String;
    }

    const LIST: &str = "<ul><li class='x'><a class='act' href='/run'>Run component</a></li>\
        <li class='x'><a class='act active' id='d' href='/debug'>Debug mode</a></li>\
        <li class='x'><a class='act'>Delete configuration</a></li></ul>";

    fn visit() -> Visit {
        install_mount();
        let page = "https://connection.keboola.com/admin/projects/1/components/kds-team.app-custom-python/2";
        Visit::begin(ConfigurationUrl::parse(page).unwrap())
    }

    async fn rest(ms: u32) {
        JsFuture::from(wait(ms)).await.unwrap();
    }

    #[wasm_bindgen_test]
    async fn the_button_stands_after_debug_mode_in_its_neighbours_shape_and_goes_with_the_visit() {
        show(LIST);
        let visit = visit();
        assert_eq!(buttons(), "a.act|e2b sandbox|Debug mode");
        drop(visit);
        assert_eq!(buttons(), "");
    }

    #[wasm_bindgen_test]
    async fn it_comes_when_the_list_comes_and_comes_again_when_the_page_redraws() {
        show("<p>loading</p>");
        let _visit = visit();
        assert_eq!(buttons(), "");
        show(LIST);
        rest(100).await;
        assert_eq!(buttons(), "a.act|e2b sandbox|Debug mode");
        show(LIST);
        rest(100).await;
        assert_eq!(buttons(), "a.act|e2b sandbox|Debug mode");
    }

    #[wasm_bindgen_test]
    async fn without_a_list_it_floats_and_moves_in_when_the_list_comes_late() {
        show("<h1>another layout</h1>");
        let _visit = visit();
        rest(2_200).await;
        assert_eq!(buttons(), "button.floats||-");
        show(LIST);
        rest(100).await;
        assert_eq!(buttons(), "a.act|e2b sandbox|Debug mode");
    }

    #[wasm_bindgen_test]
    async fn nobody_is_logged_in_nothing_is_placed() {
        show("<form><input type=password></form>");
        let _visit = visit();
        rest(2_200).await;
        assert_eq!(buttons(), "");
    }
}
