//! Values of attributes and properties: fixed, or followed.

use wasm_bindgen::JsValue;
use web_sys::Element;

use super::follow;

/// What an attribute can be set to: a text, whether it is there, or a closure that gives one.
pub trait Attribute {
    /// Sets the attribute.
    fn apply(self, element: &Element, name: &'static str);
}

/// Sets or takes away.
fn set(element: &Element, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

impl Attribute for &str {
    fn apply(self, element: &Element, name: &'static str) {
        set(element, name, Some(self));
    }
}

impl Attribute for String {
    fn apply(self, element: &Element, name: &'static str) {
        set(element, name, Some(&self));
    }
}

impl Attribute for bool {
    fn apply(self, element: &Element, name: &'static str) {
        set(element, name, self.then_some(""));
    }
}

impl<A: Attribute> Attribute for Option<A> {
    fn apply(self, element: &Element, name: &'static str) {
        match self {
            Some(value) => value.apply(element, name),
            None => set(element, name, None),
        }
    }
}

impl<F, A> Attribute for F
where
    F: Fn() -> A + 'static,
    A: Attribute,
{
    fn apply(self, element: &Element, name: &'static str) {
        let element = element.clone();
        follow(Box::new(move || self().apply(&element, name)));
    }
}

/// What a property is kept set to.
pub trait Property {
    /// Sets the property, now and whenever a signal changes that it reads.
    fn apply(self, element: &Element, name: &'static str);
}

impl<F, V> Property for F
where
    F: Fn() -> V + 'static,
    V: Into<JsValue>,
{
    fn apply(self, element: &Element, name: &'static str) {
        let element = element.clone();
        follow(Box::new(move || {
            let value = self().into();
            // Setting an equal text would move the caret of a field to its end.
            let before = js_sys::Reflect::get(&element, &name.into());
            if before.as_ref() != Ok(&value) {
                let _ = js_sys::Reflect::set(&element, &name.into(), &value);
            }
        }));
    }
}
