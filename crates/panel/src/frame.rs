//! The panel as a whole: first the question which configuration it is, then head and tabs.

use messages::Problem;
use messages::worker::{Context, ReadContext};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::problem;
use webext::visibility::Visibility;

use crate::head::{head, nameless_head};
use crate::state::Panel;
use crate::tabs::tabs;

/// Everything below the document's body.
pub(crate) fn frame() -> View {
    let context = RwSignal::new(None::<Result<Context, Problem>>);
    let ask = move || {
        leptos::task::spawn_local(async move {
            context.set(Some(webext::calls::call(&ReadContext {}).await));
        });
    };
    ask();
    window_event_listener(ev::keydown, |event| {
        if event.key() == "Escape" && !event.default_prevented() {
            webext::close_frame();
        }
    });
    div()
        .attr("class", "panel")
        .child(move || match context.get() {
            None => nameless_head(),
            Some(Ok(context)) => {
                let panel = Panel::open(context);
                // Watched as a whole: a cover over any part of the panel counts.
                if let Some(body) = document().body() {
                    panel.watch(Visibility::watch(&body));
                }
                (head(panel), main().attr("class", "body").child(tabs(panel))).into_any()
            }
            Some(Err(failed)) => {
                let again = button(Look::Plain, "Try again", move || {
                    context.set(None);
                    ask();
                });
                (
                    nameless_head(),
                    main()
                        .attr("class", "tab")
                        .child(problem(&failed, Some(again.into_any()))),
                )
                    .into_any()
            }
        })
        .into_any()
}
