//! What stands in the way of a run, or ended it, with the button that helps.

use messages::engine::RunPhase;
use messages::{Problem, ProblemCode};
use ui::allow::allow_button;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::keys::missing;
use ui::notice::{Tone, notice, problem};

use super::remedy::{Remedy, remedy};
use crate::state::{Panel, Tab};

/// The keys that a run needs and that are not there.
pub(super) fn missing_keys(panel: Panel) -> View {
    let missing = Memo::new(move |_| {
        panel
            .keys
            .with(|keys| keys.as_ref().map(missing).unwrap_or_default())
    });
    (move || {
        let missing = missing.get();
        let first = match missing.first()? {
            it if it.contains("e2b") => "e2b-key",
            _ => "token",
        };
        let words = format!("A run needs {}.", missing.join(" and "));
        Some(notice(
            Tone::Info,
            (
                p().child(words),
                p().child("Keys stay in this browser's memory until it closes."),
                button(Look::Plain, "Open Settings", move || {
                    panel.show(Tab::Settings, first);
                }),
            )
                .into_any(),
        ))
    })
    .into_any()
}

/// The line to the engine is broken.
pub(super) fn lost_line(panel: Panel) -> View {
    (move || {
        panel.lost.get().map(|lost| {
            let detail = lost.detail.unwrap_or_default();
            notice(
                Tone::Warning,
                p().child(format!("Connecting to the extension again… {detail}"))
                    .into_any(),
            )
        })
    })
    .into_any()
}

/// Why the last run did not begin, or how it went wrong.
pub(super) fn run_problem(panel: Panel) -> View {
    let failed = Memo::new(move |_| {
        panel.run_failed.get().or_else(|| {
            panel.run.with(|run| match &run.as_ref()?.phase {
                RunPhase::Ended(end) => end.problem.clone(),
                RunPhase::Running | RunPhase::Stopping => None,
            })
        })
    });
    (move || {
        let failed = failed.get()?;
        // The end's line says that it was stopped; the person knows why.
        (failed.code != ProblemCode::RunStopped).then(|| with_remedy(panel, &failed))
    })
    .into_any()
}

fn with_remedy(panel: Panel, failed: &Problem) -> View {
    let button = match remedy(failed.code) {
        Remedy::Settings(section) => Some(
            button(Look::Plain, "Open Settings", move || {
                panel.show(Tab::Settings, section);
            })
            .into_any(),
        ),
        Remedy::RunAgain => {
            Some(button(Look::Plain, "Run again", move || panel.run_again()).into_any())
        }
        Remedy::Allow => allow_button(failed, move || panel.run_again()),
        Remedy::Elsewhere => None,
    };
    problem(failed, button)
}
