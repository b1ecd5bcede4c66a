//! The way to the panel.

use ui::controls::{Look, button};
use ui::dom::prelude::*;

use crate::view::ActiveTab;

/// Open panel, or why it cannot be opened here.
pub(crate) fn opening(tab: RwSignal<ActiveTab>) -> View {
    let unanswered = RwSignal::new(false);
    let open = move || {
        leptos::task::spawn_local(async move {
            if webext::tabs::open_panel().await {
                if let Some(window) = web_sys::window() {
                    let _ = window.close();
                }
            } else {
                unanswered.set(true);
            }
        });
    };
    let reason = move || match tab.get() {
        ActiveTab::Other => {
            "The panel opens on the page of a Custom Python configuration. Open one first."
        }
        ActiveTab::Configuration(_) if unanswered.get() => {
            "This page was open before the extension was installed. Reload it, then try again."
        }
        ActiveTab::Asking | ActiveTab::Configuration(_) => "",
    };
    section()
        .child((
            button(Look::Primary, "Open panel", open)
                .attr("aria-describedby", "why-not")
                .attr("disabled", move || {
                    !matches!(tab.get(), ActiveTab::Configuration(_))
                }),
            p().attr("class", "dim")
                .attr("id", "why-not")
                .attr("role", "status")
                .child(reason),
        ))
        .into_any()
}
