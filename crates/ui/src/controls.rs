//! Buttons and links, the same everywhere.
//!
//! What a button does is boxed: every button then has one type, which keeps the wasm small.

use crate::dom::prelude::*;

use crate::icon::{Icon, icon};

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The one main action of a view.
    Primary,
    /// Any other action.
    Plain,
    /// An action inside a row or a sentence.
    Quiet,
    /// An action that ends or deletes something.
    Danger,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button quiet danger",
        }
    }
}

/// A button with a text; the text is its name.
pub fn button(look: Look, label: impl Into<String>, press: impl FnMut() + 'static) -> El {
    boxed(look.class(), label.into().into_any(), Box::new(press))
}

/// A button with an icon before its text.
pub fn button_with_icon(
    look: Look,
    mark: Icon,
    label: &'static str,
    press: impl FnMut() + 'static,
) -> El {
    boxed(
        look.class(),
        (icon(mark), label).into_any(),
        Box::new(press),
    )
}

/// A button whose first press only asks: then `sure` does it, and Keep does not.
pub fn asking_button(
    label: &'static str,
    sure: &'static str,
    press: impl Fn() + Copy + 'static,
) -> View {
    let asked = RwSignal::new(false);
    let question = move || {
        if !asked.get() {
            return button(Look::Danger, label, move || asked.set(true)).into_any();
        }
        (
            button(Look::Danger, sure, move || {
                asked.set(false);
                press();
            }),
            button(Look::Quiet, "Keep", move || asked.set(false)),
        )
            .into_any()
    };
    span().attr("class", "asking").child(question).into_any()
}

/// A button that is an icon only; `label` is its name and its tooltip.
pub fn icon_button(mark: Icon, label: impl Into<String>, press: impl FnMut() + 'static) -> El {
    let label = label.into();
    boxed("icon-button", icon(mark), Box::new(press))
        .attr("aria-label", label.clone())
        .attr("title", label)
}

fn boxed(class: &'static str, content: View, mut press: Box<dyn FnMut()>) -> El {
    crate::dom::prelude::button()
        .attr("type", "button")
        .attr("class", class)
        .on(ev::click, move |_| press())
        .child(content)
}

/// A link that opens in a new tab of the browser, not in the frame.
pub fn link(label: &'static str, url: String) -> View {
    let target = url.clone();
    a().attr("class", "link")
        .attr("href", url)
        .attr("target", "_blank")
        .attr("rel", "noopener noreferrer")
        .on(ev::click, move |event| {
            // A page that sandboxes its frames forbids them to open tabs; the extension may.
            event.prevent_default();
            webext::tabs::open(&target);
        })
        .child((label, icon(Icon::External)))
        .into_any()
}

/// A button that copies a text and says that it did. `label` is its name.
pub fn copy_button(label: impl Into<String>, text: String) -> View {
    let label = label.into();
    let copied = RwSignal::new(false);
    let press = move || {
        let text = text.clone();
        leptos::task::spawn_local(async move {
            if webext::clipboard::write(&text).await {
                copied.try_set(true);
                webext::timer::sleep_ms(1_500).await;
                copied.try_set(false);
            }
        });
    };
    span()
        .attr("class", "copy")
        .child((
            boxed("icon-button small", icon(Icon::Copy), Box::new(press))
                .attr("aria-label", label.clone())
                .attr("title", label),
            span()
                .attr("class", "hint")
                .attr("role", "status")
                .child(move || if copied.get() { "Copied" } else { "" }),
        ))
        .into_any()
}
