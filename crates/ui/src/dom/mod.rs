//! Elements for Leptos' signals: built at once, kept up to date by effects.
//!
//! Leptos' own element types are generic over every attribute and child. That is fast, and each
//! shape of element becomes code of its own: this panel had 320 KB (gzip) of wasm with them and has
//! about half with these, which have one type. The signals, effects and owners are Leptos'.
//!
//! Nothing here takes HTML text or an inline style: the pages' policy refuses both.
//!
//! What runs again when a signal changes is a closure: as a child its content is replaced, as an
//! attribute or property its value is set. Everything that was made inside it (listeners, effects,
//! signals) goes when it runs again.

mod attribute;
mod child;
mod keyed;
mod tags;

use leptos::reactive::effect::RenderEffect;
use leptos::reactive::owner::{LocalStorage, StoredValue};
use leptos::tachys::html::event::EventDescriptor;
use wasm_bindgen::prelude::*;
use web_sys::{Comment, Document, DocumentFragment, Element, Event, Node, Text};

pub use attribute::{Attribute, Property};
pub use child::Child;
pub use keyed::keyed;

/// What views are written with.
pub mod prelude {
    pub use leptos::ev;
    pub use leptos::prelude::{
        ArcRwSignal, Effect, Get, GetUntracked, GetValue, LocalStorage, Memo, ReadSignal, RwSignal,
        Set, SetValue, StoredValue, Track, Update, UpdateValue, With, WithUntracked, WithValue,
        document, event_target_checked, event_target_value, request_animation_frame, signal,
        window_event_listener,
    };

    pub use super::tags::*;
    pub use super::{Child, El, View, keyed, mount};
}

#[wasm_bindgen]
extern "C" {
    /// The page's document; a page without one runs no view.
    #[wasm_bindgen(js_name = document, thread_local_v2)]
    static DOCUMENT: Document;
}

/// Builds with the page's document. The calls that it takes fail for malformed names only, and
/// every name here is a literal of this code.
fn document<T>(build: impl FnOnce(&Document) -> T) -> T {
    DOCUMENT.with(build)
}

/// An element that is being built.
#[derive(Clone, Debug)]
#[must_use = "an element is shown once it is somebody's child"]
pub struct El(Element);

impl El {
    /// A new element of HTML.
    pub fn new(tag: &str) -> Self {
        Self(document(|it| it.create_element(tag)).unwrap_throw())
    }

    /// A new element of SVG.
    pub fn svg(tag: &str) -> Self {
        let svg = Some("http://www.w3.org/2000/svg");
        Self(document(|it| it.create_element_ns(svg, tag)).unwrap_throw())
    }

    /// The element itself, as the type that its tag has.
    #[must_use]
    pub fn element<E: JsCast>(&self) -> E {
        self.0.clone().unchecked_into()
    }

    /// Sets an attribute, or keeps it set to what a closure gives. No value takes it away.
    pub fn attr(self, name: &'static str, value: impl Attribute) -> Self {
        value.apply(&self.0, name);
        self
    }

    /// Sets a property, or keeps it set. A select's value needs its options before.
    pub fn prop(self, name: &'static str, value: impl Property) -> Self {
        value.apply(&self.0, name);
        self
    }

    /// Listens.
    #[allow(clippy::needless_pass_by_value)] // the events are names, written `ev::click`
    pub fn on<E: EventDescriptor>(
        self,
        event: E,
        mut act: impl FnMut(E::EventType) + 'static,
    ) -> Self
    where
        E::EventType: JsCast,
    {
        let act = move |event: Event| act(event.unchecked_into());
        self.listen(&event.name(), Closure::new(act));
        self
    }

    fn listen(&self, event: &str, act: Closure<dyn FnMut(Event)>) {
        let _ = self
            .0
            .add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
        keep(act);
    }

    /// Adds children.
    pub fn child(self, child: impl Child) -> Self {
        child.append_to(&self.0);
        self
    }

    /// Any view, to be mixed with others.
    pub fn into_any(self) -> View {
        View(self.0.unchecked_into())
    }
}

/// A view of any kind: one element, or a fragment of several nodes.
#[derive(Debug)]
#[must_use = "a view is shown once it is somebody's child"]
pub struct View(Node);

/// Shows a view at the end of the document's body, for as long as the page lives.
pub fn mount(view: impl FnOnce() -> View + 'static) {
    leptos::mount::mount_to_body(move || {
        if let Some(body) = document(Document::body) {
            view().append_to(&body);
        }
    });
}

/// Keeps something for as long as what is being built is shown.
fn keep<T: 'static>(it: T) {
    StoredValue::<T, LocalStorage>::new_local(it);
}

/// Runs at once, and again whenever a signal changes that it read.
fn follow(mut run: Box<dyn FnMut()>) {
    keep(RenderEffect::new(move |_: Option<()>| run()));
}

fn fragment() -> DocumentFragment {
    document(Document::create_document_fragment)
}

fn comment() -> Comment {
    document(|it| it.create_comment(""))
}

fn text(text: &str) -> Text {
    document(|it| it.create_text_node(text))
}
