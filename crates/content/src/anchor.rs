//! Where the button belongs: in the list of actions at the right, after "Debug mode".
//!
//! Keboola's markup is no contract (reference keboola §1.4), so the list is found by what a person
//! reads in it, and the new entry is a copy of a neighbour's shape: it looks as the page looks,
//! whatever that is. Where the list cannot be found, the caller floats the button.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element};

/// Entries after which the button may stand, best first.
const NEIGHBOURS: [&str; 4] = [
    "Debug mode",
    "Automate",
    "Copy configuration",
    "Run component",
];

/// A new entry beside its neighbour, not yet adopted.
pub(crate) struct Entry {
    /// The whole entry (`li` or what the page uses), placed in the page.
    pub(crate) item: Element,
    /// The part that is pressed.
    pub(crate) button: Element,
}

/// Places a new entry in the action list; `None` where the page has no such list.
pub(crate) fn place(document: &Document) -> Option<Entry> {
    let neighbour = NEIGHBOURS.iter().find_map(|words| find(document, words))?;
    let neighbour_item = item_of(&neighbour);
    let button = copy_shape(&neighbour)?;
    button.set_attribute("role", "button").ok()?;
    button.set_attribute("tabindex", "0").ok()?;
    button.append_child(icon(document)?.as_ref()).ok()?;
    button
        .append_child(&document.create_text_node(" e2b sandbox"))
        .ok()?;
    let item = if neighbour_item.is_same_node(Some(&neighbour)) {
        button.clone()
    } else {
        let item = copy_shape(&neighbour_item)?;
        item.append_child(&button).ok()?;
        item
    };
    neighbour_item.after_with_node_1(&item).ok()?;
    Some(Entry { item, button })
}

/// Whether the page asks for a password where a configuration should be: nobody is logged in.
pub(crate) fn asks_to_log_in(document: &Document) -> bool {
    document
        .query_selector("form input[type=password]")
        .ok()
        .flatten()
        .is_some()
}

fn find(document: &Document, words: &str) -> Option<Element> {
    let candidates = document
        .query_selector_all("a, button, [role=button]")
        .ok()?;
    (0..candidates.length())
        .filter_map(|index| candidates.get(index)?.dyn_into::<Element>().ok())
        .find(|element| {
            element
                .text_content()
                .is_some_and(|text| text.trim() == words)
        })
}

/// The list entry around a pressed part, or the part itself outside a list.
fn item_of(pressed: &Element) -> Element {
    pressed
        .closest("li")
        .ok()
        .flatten()
        .unwrap_or_else(|| pressed.clone())
}

/// An empty element with the same tag and classes; no id, link, state or handler comes along.
fn copy_shape(model: &Element) -> Option<Element> {
    let copy: Element = model.clone_node().ok()?.dyn_into().ok()?;
    for name in copy
        .get_attribute_names()
        .iter()
        .filter_map(|name| name.as_string())
    {
        if name != "class" && name != "type" {
            copy.remove_attribute(&name).ok()?;
        }
    }
    for state in ["disabled", "active"] {
        copy.class_list().remove_1(state).ok()?;
    }
    Some(copy)
}

fn icon(document: &Document) -> Option<Element> {
    const SVG: &str = "http://www.w3.org/2000/svg";
    let svg = document.create_element_ns(Some(SVG), "svg").ok()?;
    for (name, value) in [
        ("width", "16"),
        ("height", "16"),
        ("viewBox", "0 0 16 16"),
        ("fill", "none"),
        ("stroke", "currentColor"),
        ("stroke-width", "1.5"),
        ("aria-hidden", "true"),
    ] {
        svg.set_attribute(name, value).ok()?;
    }
    let path = document.create_element_ns(Some(SVG), "path").ok()?;
    path.set_attribute("d", "M8 1.5 14 5v6l-6 3.5L2 11V5zM2 5l6 3.5L14 5M8 8.5v6")
        .ok()?;
    svg.append_child(&path).ok()?;
    Some(svg)
}
