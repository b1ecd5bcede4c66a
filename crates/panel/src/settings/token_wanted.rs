//! In place of a tab that does nothing without a Storage token.

use ui::controls::{Look, button};
use ui::dom::prelude::*;

use crate::state::{Panel, Tab};

/// Says what the token is for, and leads to its field.
pub(crate) fn token_wanted(panel: Panel, words: &'static str) -> View {
    div()
        .attr("class", "empty-tab dim")
        .child((
            p().child(words),
            button(Look::Plain, "Enter the Storage token", move || {
                panel.show(Tab::Settings, "token");
            }),
        ))
        .into_any()
}
