//! A text before and after: in a row where it is short, line by line where it is long.

use ui::dom::prelude::*;
use ui::format::counted;

use super::lines::{Line, lines};
use super::words::is_long;

/// What changes of a value.
pub(super) fn difference(before: Option<&str>, after: Option<&str>) -> View {
    let long = before.is_some_and(is_long) || after.is_some_and(is_long);
    if long {
        return by_lines(before.unwrap_or_default(), after.unwrap_or_default());
    }
    div()
        .attr("class", "diff")
        .child((
            before.map(|text| row("del", "−", text.to_owned())),
            after.map(|text| row("add", "+", text.to_owned())),
        ))
        .into_any()
}

fn by_lines(before: &str, after: &str) -> View {
    let rows: Vec<View> = lines(before, after)
        .into_iter()
        .map(|line| match line {
            Line::Same(text) => row("same", " ", text),
            Line::Removed(text) => row("del", "−", text),
            Line::Added(text) => row("add", "+", text),
            Line::Skipped(count) => div()
                .attr("class", "skipped")
                .child(format!("{} not changed", counted(count as u64, "line")))
                .into_any(),
            Line::More(count) => div()
                .attr("class", "skipped")
                .child(format!("{} more, not shown", counted(count as u64, "line")))
                .into_any(),
        })
        .collect();
    if rows.is_empty() {
        let words = "Only the ends of lines differ.";
        return p().attr("class", "dim").child(words).into_any();
    }
    div()
        .attr("class", "diff")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "Lines that change")
        .child(rows)
        .into_any()
}

/// A line with its sign, which says in words to those who do not see it what happens to it.
fn row(class: &'static str, sign: &'static str, text: String) -> View {
    let words = match class {
        "del" => "removed: ",
        "add" => "added: ",
        _ => "",
    };
    div()
        .attr("class", class)
        .child((
            span()
                .attr("class", "sign")
                .attr("aria-hidden", "true")
                .child(sign),
            span().attr("class", "unseen").child(words),
            span().child(text),
        ))
        .into_any()
}
