//! The tab, put together.

use ui::controls::{Look, button};
use ui::dom::prelude::*;

use super::review::review;
use super::saving::Saving;
use super::sync::sync;
use super::told::told;
use super::versions::versions;
use crate::state::{Panel, Tab};

/// The tab.
pub(crate) fn config_tab(panel: Panel) -> View {
    let saving = Saving::new(panel);
    (move || match panel.has_token() {
        false => without_token(panel),
        true => (told(saving), review(saving), sync(saving), versions(saving)).into_any(),
    })
    .into_any()
}

fn without_token(panel: Panel) -> View {
    div()
        .attr("class", "empty-tab dim")
        .child((
            p().child("The configuration is read and saved with a Storage token of its project."),
            button(Look::Plain, "Enter the Storage token", move || {
                panel.show(Tab::Settings, "token");
            }),
        ))
        .into_any()
}
