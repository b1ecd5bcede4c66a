//! Whether the panel can really be seen: the guard against a page that covers it.
//!
//! `IntersectionObserver` v2 (`trackVisibility`) reports opacity, overlays and transforms of the
//! embedding page, which nothing inside the frame could otherwise know (reference mv3 §4).

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver};

use crate::runtime::{get, object};

/// The watch on one element.
pub struct Visibility {
    visible: Rc<Cell<bool>>,
    observer: Option<IntersectionObserver>,
    _callback: Closure<dyn FnMut(Array)>,
}

impl std::fmt::Debug for Visibility {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Visibility({})", self.visible.get())
    }
}

impl Visibility {
    /// Watches `element`.
    #[must_use]
    pub fn watch(element: &Element) -> Self {
        let visible = Rc::new(Cell::new(false));
        let seen = visible.clone();
        let callback = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            if let Some(last) = entries.iter().last() {
                seen.set(get(&last, "isVisible").is_truthy());
            }
        });
        let options = object(&[("trackVisibility", true.into()), ("delay", 100.into())]);
        // The typed constructor has no `trackVisibility`.
        let constructor = get(&js_sys::global(), "IntersectionObserver").dyn_into::<Function>();
        let observer = constructor.ok().and_then(|constructor| {
            let arguments = Array::of2(callback.as_ref(), &options);
            Reflect::construct(&constructor, &arguments)
                .ok()?
                .dyn_into::<IntersectionObserver>()
                .ok()
        });
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        Self {
            visible,
            observer,
            _callback: callback,
        }
    }

    /// Whether the element was wholly visible when the browser last looked (every 100 ms).
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.visible.get()
    }
}

impl Drop for Visibility {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
