//! The Run tab, put together.

use ui::dom::prelude::*;

use super::actions::actions;
use super::left_over::left_over;
use super::secrets::secrets;
use super::steps::steps;
use super::troubles::{lost_line, missing_keys, run_problem};
use super::words::{announcement, end_line};
use crate::log::{RUN, log_view};
use crate::state::Panel;

/// The tab.
pub(crate) fn run_tab(panel: Panel) -> View {
    (
        actions(panel),
        (missing_keys(panel), left_over(panel), lost_line(panel)).into_any(),
        steps(panel),
        log_view(panel.log, RUN, move || log_file(panel)),
        result(panel),
        run_problem(panel),
        secrets(panel),
        announcer(panel),
    )
        .into_any()
}

fn log_file(panel: Panel) -> String {
    let configuration = panel
        .configuration
        .with_value(|it| it.configuration.clone());
    let run = panel
        .run
        .with_untracked(|run| run.as_ref().map(|it| it.run.clone()));
    format!("{configuration}-{}.log", run.unwrap_or_default())
}

fn result(panel: Panel) -> View {
    let line = Memo::new(move |_| panel.run.with(|run| run.as_ref().and_then(end_line)));
    div()
        .attr("class", "result num")
        .attr("role", "status")
        .attr("aria-label", "Result")
        .child(move || line.get())
        .into_any()
}

/// Says aloud what goes on, at most once a second.
fn announcer(panel: Panel) -> View {
    let current = Memo::new(move |_| {
        panel
            .run
            .with(|run| run.as_ref().map(announcement).unwrap_or_default())
    });
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new(false);
    Effect::new(move |_| {
        current.track();
        if waiting.try_update_value(|it| std::mem::replace(it, true)) == Some(false) {
            leptos::task::spawn_local(async move {
                webext::timer::sleep_ms(1_000).await;
                waiting.try_update_value(|it| *it = false);
                if let Some(now) = current.try_get_untracked() {
                    said.try_set(now);
                }
            });
        }
    });
    div()
        .attr("class", "unseen")
        .attr("aria-live", "polite")
        .child(move || said.get())
        .into_any()
}
