//! The sandboxes of the key, read when the tab is shown.

use std::rc::Rc;

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::sandboxes::sandbox_list;

use crate::state::{Panel, Tab};

/// The section.
pub(super) fn running(panel: Panel) -> View {
    let shown = Memo::new(move |_| panel.tab.get() == Tab::Settings);
    Effect::new(move |_| {
        if shown.get() {
            panel.sandboxes.refresh();
        }
    });
    let own = panel.url();
    section()
        .attr("class", "fields")
        .attr("id", "sandboxes")
        .attr("tabindex", "-1")
        .attr("aria-label", "Sandboxes of the key")
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Sandboxes of the key"),
                button(Look::Quiet, "Refresh", move || panel.sandboxes.refresh()),
            )),
            sandbox_list(
                panel.sandboxes,
                panel.now,
                Some(own),
                Rc::new(move || panel.is_seen()),
            ),
        ))
        .into_any()
}
