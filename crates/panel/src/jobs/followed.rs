//! The job that is followed: its state, what became of it, what it says.

use messages::engine::RunOf;
use messages::worker::JobView;
use ui::controls::{Look, asking_button, button, link};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice, problem};

use super::following::Jobs;
use super::{list, words};
use crate::log::{JOB, log_view};
use crate::state::Tab;

/// The section; its log stays while jobs come and go.
pub(super) fn followed(jobs: Jobs) -> View {
    let is_none = move || jobs.followed.with(Option::is_none);
    section()
        .attr("class", "fields job")
        .attr("id", "job")
        .attr("tabindex", "-1")
        .attr("aria-label", "The job that is followed")
        .attr("hidden", is_none)
        .child((
            move || jobs.followed.get().map(|job| head(jobs, &job)),
            found(jobs),
            move || Some(long_wait(&jobs.followed.get()?, jobs.panel.now.get())),
            move || {
                let interrupted = jobs.interrupted.get()?;
                Some(problem(
                    &interrupted,
                    Some(
                        p().child("It is tried again by itself; the job goes on.")
                            .into_any(),
                    ),
                ))
            },
            move || {
                jobs.earlier
                    .get()
                    .is_some()
                    .then(|| button(Look::Quiet, "Earlier events", move || jobs.read_earlier()))
            },
            log_view(jobs.events, JOB, move || file_name(jobs)),
            announcer(jobs),
        ))
        .into_any()
}

fn head(jobs: Jobs, job: &JobView) -> View {
    let (id, facts) = (job.id.clone(), job.clone());
    let replayed = (job.finished && job.mode == "debug").then(|| job.id.clone());
    let killable = !job.finished && job.state != messages::worker::JobState::Terminating;
    (
        div().attr("class", "row wrap").child((
            h2().child(format!("Job {}", job.id)),
            list::state(job),
            span().attr("class", "grow"),
            killable.then(|| {
                let id = StoredValue::new(id);
                asking_button("Stop job", "Stop it now", move || jobs.kill(id.get_value()))
            }),
            link("In Keboola", job.page.clone()),
        )),
        p().attr("class", "dim")
            .child(move || words::facts(&facts, jobs.panel.now.get())),
        words::result(job).map(|words| {
            p().attr("class", "outcome")
                .attr("aria-label", "What became of it")
                .child(words)
        }),
        tables("Read", &job.tables_in),
        tables("Wrote", &job.tables_out),
        replayed.map(|job| replay(jobs, job)),
    )
        .into_any()
}

/// Running what a debug job ran, on the inputs that it had.
fn replay(jobs: Jobs, job: String) -> View {
    let panel = jobs.panel;
    div()
        .attr("class", "row wrap")
        .child((
            button(Look::Plain, "Replay in sandbox", move || {
                panel.tab.set(Tab::Run);
                panel.start_run(RunOf::DebugJob(job.clone()));
            })
            .attr("disabled", move || panel.is_running()),
            span()
                .attr("class", "hint")
                .child("The version that it ran, on the inputs that it had."),
        ))
        .into_any()
}

fn tables(did: &'static str, tables: &[String]) -> Option<El> {
    (!tables.is_empty()).then(|| p().child((format!("{did}: "), code().child(tables.join(", ")))))
}

fn found(jobs: Jobs) -> View {
    (move || {
        jobs.found.get().then(|| {
            notice(
                Tone::Info,
                p().child(
                    "This job was started by your earlier press, whose answer got lost. No second one was \
                     started.",
                )
                .into_any(),
            )
        })
    })
    .into_any()
}

fn long_wait(job: &JobView, now: u64) -> Option<View> {
    words::long_wait(job, now).map(|words| notice(Tone::Warning, p().child(words).into_any()))
}

fn file_name(jobs: Jobs) -> String {
    let job = jobs
        .followed
        .with_untracked(|job| job.as_ref().map(|job| job.id.clone()));
    format!("job-{}.log", job.unwrap_or_default())
}

/// Says aloud where the job stands, when that changes.
fn announcer(jobs: Jobs) -> View {
    let said = Memo::new(move |_| {
        jobs.followed
            .with(|job| job.as_ref().map(words::announcement))
    });
    div()
        .attr("class", "unseen")
        .attr("aria-live", "polite")
        .child(move || said.get())
        .into_any()
}
