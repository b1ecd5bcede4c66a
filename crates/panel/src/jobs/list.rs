//! The newest jobs.

use messages::worker::JobView;
use ui::controls::{Look, button, link};
use ui::dom::prelude::*;

use super::following::Jobs;
use super::words;

/// The section.
pub(super) fn list(jobs: Jobs) -> View {
    section()
        .attr("class", "fields")
        .attr("aria-label", "Newest jobs")
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Newest jobs"),
                button(Look::Quiet, "Refresh", move || jobs.refresh())
                    .attr("aria-label", "Refresh jobs"),
            )),
            move || match jobs.list.with(|list| list.as_ref().map(Vec::len)) {
                None if jobs.failed.with(Option::is_none) => {
                    Some(p().attr("class", "dim").child("Reading the jobs…"))
                }
                Some(0) => Some(
                    p().attr("class", "dim")
                        .child("This configuration has no job yet. Start one above."),
                ),
                _ => None,
            },
            ul().attr("class", "jobs")
                .attr("aria-label", "Newest jobs")
                .child(move || {
                    let list = jobs.list.get().unwrap_or_default();
                    list.iter().map(|job| row(jobs, job)).collect::<Vec<_>>()
                }),
        ))
        .into_any()
}

/// One job.
pub(super) fn row(jobs: Jobs, job: &JobView) -> View {
    let (own, facts) = (job.clone(), job.clone());
    let followed = {
        let id = job.id.clone();
        move || {
            jobs.followed
                .with(|it| it.as_ref().is_some_and(|it| it.id == id))
        }
    };
    li().attr("class", "item")
        .child((
            div().attr("class", "grow").child((
                p().child((
                    state(job),
                    " ",
                    span().attr("class", "num").child(job.id.clone()),
                )),
                p().attr("class", "dim")
                    .child(move || words::facts(&facts, jobs.panel.now.get())),
            )),
            div().attr("class", "actions").child((
                button(Look::Quiet, "Show", move || jobs.follow(own.clone()))
                    .attr("aria-label", format!("Show job {}", job.id))
                    .attr("aria-pressed", move || followed().to_string()),
                link("In Keboola", job.page.clone()),
            )),
        ))
        .into_any()
}

/// Where a job stands: a word in its colour.
pub(super) fn state(job: &JobView) -> View {
    span()
        .attr("class", format!("job-state {}", words::class(&job.state)))
        .child(words::state(&job.state))
        .into_any()
}
