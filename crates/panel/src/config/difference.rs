//! A text before and after, side by side where it is short, by lines where it is long.

use ui::dom::prelude::*;

use super::words::is_long;

/// What changes of a field.
pub(super) fn difference(before: Option<&str>, after: Option<&str>, field: &str) -> View {
    let long = before.is_some_and(is_long) || after.is_some_and(is_long);
    if long {
        return super::editor::difference(
            before.unwrap_or_default(),
            after.unwrap_or_default(),
            field == "code",
        );
    }
    div()
        .attr("class", "values")
        .child((
            before.map(|text| value("was", "− ", text)),
            after.map(|text| value("is", "+ ", text)),
            after.is_none().then(|| value("is", "", "removed")),
        ))
        .into_any()
}

fn value(class: &'static str, sign: &'static str, text: &str) -> View {
    code()
        .attr("class", class)
        .child((sign, text.to_owned()))
        .into_any()
}
