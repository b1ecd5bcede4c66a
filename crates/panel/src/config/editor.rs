//! An editor for text: CodeMirror, which `bundles/editor.js` wraps. It is loaded when the first one is
//! shown.

use ui::dom::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = loadEditor)]
    async fn load_editor() -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method)]
    fn create(this: &Module, parent: &HtmlElement, options: &JsValue) -> Shown;

    type Shown;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Shown, text: &str);
    #[wasm_bindgen(method)]
    fn destroy(this: &Shown);
}

/// What an editor is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Its name for those who do not see it.
    pub(super) label: &'static str,
    /// `python`, `json` or `text`.
    pub(super) language: &'static str,
}

/// An editor in an element; gone when it is dropped.
struct Editor {
    shown: Shown,
    _changed: Closure<dyn FnMut(String)>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.shown.destroy();
    }
}

/// An editor that shows `text`, anew whenever that is set, and tells what a person makes of it.
/// `failed` is told when its code could not be loaded.
pub(super) fn editor(
    kind: Kind,
    text: RwSignal<String>,
    changed: impl Fn(String) + 'static,
    failed: impl FnOnce() + 'static,
) -> View {
    let place = div().attr("class", "editor");
    let element: HtmlElement = place.element();
    let editor = StoredValue::<Option<Editor>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
        text.with(|text| {
            editor.with_value(|editor| editor.as_ref().map(|it| it.shown.set_text(text)));
        });
    });
    let changed = Closure::new(changed);
    leptos::task::spawn_local(async move {
        let Ok(module) = load_editor().await else {
            return failed();
        };
        // The tab may be gone meanwhile.
        let Some(doc) = text.try_get_untracked() else {
            return;
        };
        let options = options(kind, &doc, &changed);
        let module: Module = module.unchecked_into();
        let shown = module.create(&element, &options);
        editor.try_update_value(|it| {
            *it = Some(Editor {
                shown,
                _changed: changed,
            });
        });
    });
    place.into_any()
}

fn options(kind: Kind, doc: &str, changed: &Closure<dyn FnMut(String)>) -> js_sys::Object {
    webext::runtime::object(&[
        ("doc", doc.into()),
        ("language", kind.language.into()),
        ("label", kind.label.into()),
        ("onChange", changed.as_ref().clone()),
    ])
}
