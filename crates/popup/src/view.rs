//! The popup, put together.

use std::rc::Rc;

use messages::ConfigurationUrl;
use ui::dom::prelude::*;
use ui::sandboxes::{Sandboxes, sandbox_list};

use crate::keys::keys;
use crate::opening::opening;
use crate::work::work;

/// What the active tab shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ActiveTab {
    /// Not known yet.
    Asking,
    /// A configuration of the component.
    Configuration(ConfigurationUrl),
    /// Any other page.
    Other,
}

/// Everything below the document's body.
pub(crate) fn popup() -> View {
    let tab = RwSignal::new(ActiveTab::Asking);
    leptos::task::spawn_local(async move {
        tab.set(match webext::tabs::active_configuration().await {
            Some(configuration) => ActiveTab::Configuration(configuration),
            None => ActiveTab::Other,
        });
    });
    let now = ui::clock::ticking(|| false);
    let sandboxes = Sandboxes::new();
    sandboxes.refresh();
    div()
        .attr("class", "popup")
        .child((
            header().attr("class", "head").child((
                span()
                    .attr("class", "mark")
                    .attr("aria-hidden", "true")
                    .child("e2"),
                h1().child("Keboola e2b Writer"),
            )),
            main().child((
                opening(tab),
                keys(tab),
                work(),
                section().child((
                    h2().child("Sandboxes"),
                    // No page can cover the popup: the browser opens it, above every page.
                    sandbox_list(sandboxes, now, None, Rc::new(|| true)),
                )),
            )),
        ))
        .into_any()
}
