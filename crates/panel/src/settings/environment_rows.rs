//! The rows of environment variables: add, edit, remove.

use ui::controls::{Look, button, icon_button};
use ui::dom::prelude::*;
use ui::icon::Icon;

use super::environment::Row;

/// A row that is being edited. It keeps its number while others come and go.
#[derive(Clone, Copy, PartialEq)]
struct Edited {
    number: u32,
    name: RwSignal<String>,
    value: RwSignal<String>,
}

/// The rows.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    rows: RwSignal<Vec<Edited>>,
    next: StoredValue<u32>,
}

impl Rows {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            rows: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        }
    }

    /// Shows variables that were kept.
    pub(super) fn show(self, variables: impl IntoIterator<Item = (String, String)>) {
        self.rows.set(Vec::new());
        for (name, value) in variables {
            self.add(name, value);
        }
    }

    fn add(self, name: String, value: String) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        let row = Edited {
            number,
            name: RwSignal::new(name),
            value: RwSignal::new(value),
        };
        self.rows.update(|rows| rows.push(row));
    }

    /// The rows as typed.
    pub(super) fn typed(self) -> Vec<Row> {
        self.rows.with_untracked(|rows| {
            rows.iter()
                .map(|row| Row {
                    name: row.name.get_untracked(),
                    value: row.value.get_untracked(),
                })
                .collect()
        })
    }
}

/// The rows and the button that adds one. `bad` is the number of a row that was refused.
pub(super) fn environment_rows(rows: Rows, bad: RwSignal<Option<usize>>) -> View {
    div()
        .attr("class", "fields")
        .child((
            h2().child("Environment variables"),
            p().attr("class", "dim").child(
                "Kept on this computer in clear, and read by everything in the sandbox. Put secrets into encrypted parameters (#) instead.",
            ),
            keyed(
                move || rows.rows.get(),
                |row| row.number,
                move |row| row_view(rows, row, bad),
            ),
            div().child(button(Look::Plain, "Add variable", move || {
                rows.add(String::new(), String::new());
            })),
        ))
        .into_any()
}

fn row_view(rows: Rows, row: Edited, bad: RwSignal<Option<usize>>) -> El {
    let is_bad = move || {
        let at = rows
            .rows
            .with(|rows| rows.iter().position(|it| it.number == row.number));
        (at.is_some() && at == bad.get()).then_some("true")
    };
    let field = |class: &'static str, label: &'static str, text: RwSignal<String>| {
        input()
            .attr("type", "text")
            .attr("class", class)
            .attr("aria-label", label)
            .attr("placeholder", label)
            .attr("autocomplete", "off")
            .attr("spellcheck", "false")
            .prop("value", move || text.get())
            .on(ev::input, move |event| text.set(event_target_value(&event)))
    };
    div().attr("class", "row").child((
        field("variable mono", "Name", row.name).attr("aria-invalid", is_bad),
        field("grow mono", "Value", row.value),
        icon_button(Icon::Close, "Remove variable", move || {
            rows.rows
                .update(|rows| rows.retain(|it| it.number != row.number));
            bad.set(None);
        }),
    ))
}
