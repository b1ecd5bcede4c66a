//! The sandboxes of the key, read when the tab is shown.

use std::rc::Rc;

use messages::engine::RunPhase;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::sandboxes::sandbox_list;

use crate::state::{Panel, Tab};

/// The section.
pub(super) fn running(panel: Panel) -> View {
    let shown = Memo::new(move |_| panel.tab.get() == Tab::Settings);
    // A run's keep-alive moves the end of its sandbox.
    let moved = Memo::new(move |_| {
        panel.run.with(|run| {
            let sandbox = run.as_ref()?.sandbox.as_ref()?;
            Some(sandbox.ends_at)
        })
    });
    // What a run left that did not end well is offered in its own tab.
    let failed = Memo::new(move |_| {
        panel.run.with(|run| {
            let run = run.as_ref()?;
            match &run.phase {
                RunPhase::Ended(end) if end.problem.is_some() => Some(run.run.clone()),
                _ => None,
            }
        })
    });
    Effect::new(move |_| {
        let _ = moved.get();
        if shown.get() || failed.get().is_some() {
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
