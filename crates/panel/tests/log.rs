//! The log view with many lines, in a real document.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use messages::engine::{LogLine, LogStream};
use panel::log::pane::Pane;
use panel::log::rows::Filter;
use panel::log::{RUN, log_view};
use ui::dom::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

/// The style sheet's rules that the arithmetic depends on.
fn lay_out(stage: &Element) {
    let lines: HtmlElement = stage
        .query_selector(".lines")
        .unwrap()
        .unwrap()
        .unchecked_into();
    for (name, value) in [
        ("height", "190px"),
        ("overflow", "auto"),
        ("position", "relative"),
    ] {
        lines.style().set_property(name, value).unwrap();
    }
}

fn shown() -> (Pane, Element) {
    let stage = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&stage).unwrap();
    let pane = StoredValue::new(None::<Pane>);
    let place = stage.clone();
    mount(move || {
        let new = Pane::new();
        pane.set_value(Some(new));
        log_view(new, RUN, || "a.log".to_owned()).append_to(&place);
        ().into_any()
    });
    lay_out(&stage);
    (pane.get_value().unwrap(), stage)
}

fn line(number: usize, text: &str) -> LogLine {
    LogLine {
        t: u32::try_from(number).unwrap(),
        stream: if number % 10 == 3 {
            LogStream::Stderr
        } else {
            LogStream::Stdout
        },
        text: text.to_owned(),
        continues: false,
    }
}

fn rows(stage: &Element) -> Vec<(String, String)> {
    let rows = stage.query_selector_all(".line").unwrap();
    (0..rows.length())
        .map(|at| rows.get(at).unwrap().unchecked_into::<Element>())
        .map(|row| {
            let text = row.query_selector(".text").unwrap().unwrap();
            (
                row.get_attribute("data-stream").unwrap(),
                text.text_content().unwrap(),
            )
        })
        .collect()
}

async fn drawn() {
    webext::timer::sleep_ms(80).await;
}

#[wasm_bindgen_test]
async fn a_hundred_thousand_lines_are_a_few_elements_and_the_last_is_in_view() {
    let (pane, stage) = shown();
    let lines: Vec<_> = (0..100_000)
        .map(|n| line(n, &format!("line {n}")))
        .collect();
    pane.replace("r", &lines);
    drawn().await;
    let rows = rows(&stage);
    assert!(rows.len() < 60, "{}", rows.len());
    assert_eq!(rows.last().unwrap().1, "line 99999");
    assert_eq!(pane.summary.get_untracked().lines, 100_000);
}

#[wasm_bindgen_test]
async fn the_end_is_followed_until_the_person_scrolls_away() {
    let (pane, stage) = shown();
    let lines: Vec<_> = (0..500).map(|n| line(n, &format!("line {n}"))).collect();
    pane.replace("r", &lines);
    drawn().await;
    let scroller = stage.query_selector(".lines").unwrap().unwrap();
    scroller.set_scroll_top(0);
    drawn().await;
    assert!(!pane.follow.get_untracked());
    pane.append("r", &[line(500, "new")]);
    drawn().await;
    assert_eq!(rows(&stage)[0].1, "line 0");
    assert!(stage.text_content().unwrap().contains("Jump to end"));
    pane.jump_to_end();
    drawn().await;
    assert_eq!(rows(&stage).last().unwrap().1, "new");
}

/// What stands at the top of the window, and how far above it that begins, in CSS pixels.
fn at_the_top(stage: &Element) -> (String, f64) {
    let scroller = stage.query_selector(".lines").unwrap().unwrap();
    let top = scroller.get_bounding_client_rect().top();
    let rows = stage.query_selector_all(".rows > .line").unwrap();
    let rows = (0..rows.length()).map(|at| rows.get(at).unwrap().unchecked_into::<Element>());
    let seen = |row: &Element| row.get_bounding_client_rect().bottom() > top + 0.5;
    let row = rows.into_iter().find(seen).unwrap();
    let text = row.query_selector(".text").unwrap().unwrap();
    let above = top - row.get_bounding_client_rect().top();
    (text.text_content().unwrap(), above)
}

#[wasm_bindgen_test]
async fn what_is_looked_at_stays_when_a_very_long_log_grows() {
    let (pane, stage) = shown();
    // Higher than Chrome lays out, so each step of the scroll bar is more than one of the list.
    let line = |number: usize| LogLine {
        t: 0,
        stream: LogStream::Stdout,
        text: number.to_string(),
        continues: false,
    };
    pane.replace("r", &(0..1_200_000).map(line).collect::<Vec<_>>());
    drawn().await;
    let scroller = stage.query_selector(".lines").unwrap().unwrap();
    scroller.set_scroll_top(7_000_007);
    drawn().await;
    let (row, above) = at_the_top(&stage);
    assert!(row.parse::<usize>().unwrap() > 500_000, "{row}");
    for from in [1_200_000, 1_300_000] {
        pane.append("r", &(from..from + 100_000).map(line).collect::<Vec<_>>());
        drawn().await;
        let (now, now_above) = at_the_top(&stage);
        assert_eq!(now, row);
        assert!((now_above - above).abs() < 0.1, "{above} {now_above}");
    }
    scroller.set_scroll_top(0);
    drawn().await;
    assert_eq!(at_the_top(&stage), ("0".to_owned(), 0.0));
}

#[wasm_bindgen_test]
async fn a_stream_is_told_and_shown_alone_and_a_match_is_marked() {
    let (pane, stage) = shown();
    let lines: Vec<_> = (0..100).map(|n| line(n, &format!("line {n}"))).collect();
    pane.replace("r", &lines);
    pane.set_filter(Filter::Stderr);
    drawn().await;
    assert!(rows(&stage).iter().all(|(stream, _)| stream == "stderr"));
    assert_eq!(rows(&stage).len(), 10);
    pane.search("LINE 43");
    drawn().await;
    let found = stage.query_selector(".found.current").unwrap().unwrap();
    assert_eq!(found.text_content().unwrap(), "line 43");
    assert_eq!(pane.summary.get_untracked().matches, 1);
}

#[wasm_bindgen_test]
async fn colours_are_classes_and_a_rewritten_line_is_drawn_anew() {
    let (pane, stage) = shown();
    pane.replace("r", &[line(0, "\u{1b}[31mred\u{1b}[0m 10 %")]);
    drawn().await;
    let red = stage.query_selector(".line .c1").unwrap().unwrap();
    assert_eq!(red.text_content().unwrap(), "red");
    let again = LogLine {
        continues: true,
        ..line(0, "\r\u{1b}[32mfin\u{1b}[0m 20 %")
    };
    pane.append("r", &[again]);
    drawn().await;
    assert_eq!(rows(&stage)[0].1, "fin 20 %");
}

#[wasm_bindgen_test]
async fn lines_of_another_run_are_not_shown() {
    let (pane, stage) = shown();
    pane.replace("r1", &[line(0, "old")]);
    pane.begin("r2");
    pane.append("r1", &[line(1, "late")]);
    pane.append("r2", &[line(0, "new")]);
    drawn().await;
    let texts: Vec<_> = rows(&stage).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["new"]);
}
