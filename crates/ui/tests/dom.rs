//! Elements and their closures, in a real document.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use ui::dom::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

/// Shows a view in an element of its own.
fn show(build: impl FnOnce() -> View + 'static) -> Element {
    let stage = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&stage).unwrap();
    let place = stage.clone();
    mount(move || {
        build().append_to(&place);
        ().into_any()
    });
    stage
}

/// Until effects have run.
async fn settled() {
    webext::timer::sleep_ms(20).await;
}

fn text(element: &Element) -> String {
    element.text_content().unwrap()
}

#[wasm_bindgen_test]
async fn a_closure_as_child_is_replaced_where_it_stands() {
    let name = RwSignal::new("one");
    let stage = show(move || {
        p().child((
            "a ",
            move || name.get(),
            " z",
            move || (name.get() == "two").then(|| b().child("!")),
        ))
        .into_any()
    });
    assert_eq!(text(&stage), "a one z");
    name.set("two");
    settled().await;
    assert_eq!(text(&stage), "a two z!");
    name.set("three");
    settled().await;
    assert_eq!(text(&stage), "a three z");
}

#[wasm_bindgen_test]
async fn what_a_closure_made_goes_when_it_runs_again() {
    let outer = RwSignal::new(1);
    let inner = RwSignal::new(1);
    let runs = StoredValue::new(0);
    let stage = show(move || {
        (move || {
            outer.track();
            p().child(move || {
                runs.update_value(|it| *it += 1);
                inner.get().to_string()
            })
        })
        .into_any()
    });
    outer.set(2);
    settled().await;
    runs.set_value(0);
    inner.set(5);
    settled().await;
    // Once: the paragraph of the first run is gone, and so is its effect.
    assert_eq!(runs.get_value(), 1);
    assert_eq!(text(&stage), "5");
}

#[wasm_bindgen_test]
async fn attributes_come_change_and_go() {
    let state = RwSignal::new(Some("a"));
    let stage = show(move || {
        p().attr("title", move || state.get())
            .attr("hidden", move || state.get().is_none())
            .attr("id", "x")
            .into_any()
    });
    let element = stage.first_element_child().unwrap();
    assert_eq!(element.get_attribute("title").as_deref(), Some("a"));
    assert!(!element.has_attribute("hidden"));
    state.set(None);
    settled().await;
    assert!(!element.has_attribute("title"));
    assert!(element.has_attribute("hidden"));
    assert_eq!(element.get_attribute("id").as_deref(), Some("x"));
}

#[wasm_bindgen_test]
async fn a_property_follows_its_signal_and_leaves_the_caret_alone() {
    let value = RwSignal::new("abc".to_owned());
    let stage = show(move || input().prop("value", move || value.get()).into_any());
    let field: HtmlInputElement = stage.first_element_child().unwrap().unchecked_into();
    assert_eq!(field.value(), "abc");
    field.focus().unwrap();
    field.set_selection_range(1, 1).unwrap();
    value.set("abc".to_owned());
    settled().await;
    assert_eq!(field.selection_start().unwrap(), Some(1));
    value.set("xyz".to_owned());
    settled().await;
    assert_eq!(field.value(), "xyz");
}

#[wasm_bindgen_test]
async fn a_press_is_heard() {
    let pressed = RwSignal::new(0);
    let stage = show(move || {
        ui::controls::button(ui::controls::Look::Plain, "Press", move || {
            pressed.update(|it| *it += 1);
        })
        .into_any()
    });
    let button: HtmlElement = stage.first_element_child().unwrap().unchecked_into();
    button.click();
    button.click();
    assert_eq!(pressed.get_untracked(), 2);
}

#[wasm_bindgen_test]
async fn rows_of_a_keyed_list_stay_what_they_are() {
    let items = RwSignal::new(vec![1, 2, 3]);
    let stage = show(move || {
        ul().child(keyed(
            move || items.get(),
            |item| *item,
            |item| li().child(input().attr("aria-label", item.to_string())),
        ))
        .into_any()
    });
    let labels = || {
        let fields = stage.query_selector_all("input").unwrap();
        (0..fields.length())
            .map(|at| fields.get(at).unwrap().unchecked_into::<Element>())
            .map(|it| it.get_attribute("aria-label").unwrap())
            .collect::<Vec<_>>()
    };
    let second: HtmlInputElement = stage
        .query_selector("[aria-label='2']")
        .unwrap()
        .unwrap()
        .unchecked_into();
    second.set_value("typed");
    second.focus().unwrap();
    items.set(vec![2, 4, 3]);
    settled().await;
    assert_eq!(labels(), ["2", "4", "3"]);
    assert_eq!(second.value(), "typed");
    assert!(
        document()
            .active_element()
            .is_some_and(|it| it == *second.unchecked_ref::<Element>())
    );
    items.set(vec![3, 2]);
    settled().await;
    assert_eq!(labels(), ["3", "2"]);
    items.set(Vec::new());
    settled().await;
    assert!(labels().is_empty());
}

#[wasm_bindgen_test]
async fn a_problem_is_an_alert_with_its_three_sentences() {
    let problem = messages::Problem::with(messages::ProblemCode::NoCode, "version 3");
    let words = problem.code;
    let stage = show(move || ui::notice::problem(&problem, None));
    let alert = stage.query_selector("[role=alert]").unwrap().unwrap();
    for sentence in [words.what(), words.why(), words.action(), "version 3"] {
        assert!(text(&alert).contains(sentence), "{sentence}");
    }
    let icon = alert.query_selector("svg path").unwrap().unwrap();
    assert_eq!(
        icon.namespace_uri().as_deref(),
        Some("http://www.w3.org/2000/svg")
    );
}
