//! Runs and uploads that go on, and the last of those that ended.

use messages::engine::{RunView, UploadPhase, UploadView};
use messages::worker::EngineRuns;
use ui::dom::prelude::*;
use ui::engine_link::{Told, overhear};
use ui::feed::{Feed, is_under_way};
use webext::calls::call;

use crate::words::{run_state, upload_state};

/// The list; without an engine there is nothing to list.
pub(crate) fn work() -> View {
    let feed = RwSignal::new(Feed::default());
    leptos::task::spawn_local(async move {
        if matches!(call(&EngineRuns {}).await, Ok(true)) {
            overhear(move |told| {
                if let Told::Event(event) = told {
                    feed.update(|feed| {
                        feed.apply(event);
                    });
                }
            });
        }
    });
    let runs = Memo::new(move |_| feed.with(|feed| feed.runs.clone()));
    let uploads = Memo::new(move |_| {
        feed.with(|feed| {
            let under_way = feed.uploads.iter().filter(|it| is_under_way(it));
            under_way.cloned().collect::<Vec<_>>()
        })
    });
    section()
        .child((h2().child("Runs and uploads"), move || {
            let (runs, uploads) = (runs.get(), uploads.get());
            if runs.is_empty() && uploads.is_empty() {
                return p()
                    .attr("class", "dim")
                    .child("Nothing is running.")
                    .into_any();
            }
            let rows: Vec<_> = runs
                .iter()
                .map(run_row)
                .chain(uploads.iter().map(upload_row))
                .collect();
            ul().attr("class", "card")
                .attr("aria-label", "Runs and uploads")
                .child(rows)
                .into_any()
        }))
        .into_any()
}

fn run_row(run: &RunView) -> View {
    let name = run
        .name
        .clone()
        .unwrap_or_else(|| run.configuration.clone());
    li().attr("class", "item")
        .child((
            strong().child(name),
            span().attr("class", "dim").child(run_state(run)),
        ))
        .into_any()
}

fn upload_row(upload: &UploadView) -> View {
    let sent = match upload.phase {
        UploadPhase::Sending { sent, .. }
        | UploadPhase::Paused { sent }
        | UploadPhase::Interrupted { sent } => Some(sent.to_string()),
        _ => None,
    };
    li().attr("class", "item")
        .child((
            div().attr("class", "row").child((
                strong().attr("class", "grow").child(upload.name.clone()),
                span().attr("class", "num").child(upload_state(upload)),
            )),
            progress()
                .attr("aria-label", format!("Upload of {}", upload.name))
                .attr("max", upload.bytes.max(1).to_string())
                .attr("value", sent),
        ))
        .into_any()
}
