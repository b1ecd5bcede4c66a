//! The tab, put together.

use ui::controls::{Look, button};
use ui::dom::prelude::*;

use super::edit::edit;
use super::editing::Editing;
use super::review::review;
use super::saving::Saving;
use super::sync::sync;
use super::told::told;
use super::versions::versions;
use crate::state::{Panel, Tab};

/// The tab.
pub(crate) fn config_tab(panel: Panel) -> View {
    let saving = Saving::new(panel);
    let editing = Editing::new(panel);
    // Keys are read again whenever the edits are kept: the tab must not be built anew for that.
    let has_token = Memo::new(move |_| panel.has_token());
    (move || match has_token.get() {
        false => without_token(panel),
        true => (
            edit(editing, saving),
            told(saving),
            review(saving),
            sync(saving),
            versions(saving),
        )
            .into_any(),
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
