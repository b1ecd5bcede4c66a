//! The steps of the run with their times.

use messages::engine::StepView;
use ui::dom::prelude::*;
use ui::format::duration;
use ui::icon::{Icon, icon};

use super::words::{step_name, step_time};
use crate::state::Panel;

/// The list; nothing before the first run.
pub(super) fn steps(panel: Panel) -> View {
    let run = Memo::new(move |_| {
        panel.run.with(|run| {
            let run = run.as_ref()?;
            (!run.steps.is_empty()).then(|| (run.started_at, run.steps.clone()))
        })
    });
    (move || {
        run.get().map(|(started_at, steps)| {
            let rows: Vec<_> = steps
                .into_iter()
                .map(|step| row(panel, started_at, step))
                .collect();
            ol().attr("class", "steps")
                .attr("aria-label", "Steps")
                .child(rows)
        })
    })
    .into_any()
}

fn row(panel: Panel, started_at: u64, step: StepView) -> View {
    let (mark, state) = match (step.failed, step.took_ms) {
        (true, _) => (Icon::Cross, "failed"),
        (false, Some(_)) => (Icon::Check, "done"),
        (false, None) => (Icon::Dot, "running"),
    };
    let detail = match (step.detail.is_empty(), step.took_ms) {
        (true, None) => "running".to_owned(),
        _ => step.detail.clone(),
    };
    let name = step_name(step.step);
    let time = move || {
        // Only a step that goes on needs the time of day.
        let now = if step.took_ms.is_none() && panel.is_running() {
            panel.now.get()
        } else {
            0
        };
        duration(step_time(&step, started_at, now))
    };
    li().attr("class", state)
        .child((
            span()
                .attr("class", "step-mark")
                .attr("role", "img")
                .attr("aria-label", state)
                .child(icon(mark)),
            span()
                .attr("class", "grow")
                .child((b().child(name), " ", detail)),
            span().attr("class", "num").child(time),
        ))
        .into_any()
}
