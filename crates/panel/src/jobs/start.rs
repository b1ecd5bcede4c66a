//! Starting a job, and what stands in the way.

use messages::worker::JobMode;
use ui::controls::{Look, button, button_with_icon};
use ui::dom::prelude::*;
use ui::icon::Icon;
use ui::notice::{Tone, notice};

use super::following::Jobs;
use super::list::row;
use crate::state::Tab;

/// The section.
pub(super) fn start(jobs: Jobs) -> View {
    section()
        .attr("class", "fields")
        .attr("aria-label", "Start a job")
        .child((
            div().attr("class", "row wrap").child((
                button_with_icon(Look::Primary, Icon::Play, "Start job", move || {
                    jobs.start(Vec::new());
                })
                // Not `disabled`: the focus stays for whoever pressed it by the keyboard.
                .attr("aria-disabled", move || {
                    jobs.starting.get().then_some("true")
                }),
                mode(jobs),
                span().attr("class", "hint").attr("role", "status").child(
                    move || match jobs.starting.get() {
                        true => "Starting…",
                        false => "",
                    },
                ),
            )),
            p().attr("class", "dim").child(move || match jobs.mode.get() {
                JobMode::Run => {
                    "A real job in Keboola, of the configuration as it is saved. Its outputs and its \
                     state are written into Storage."
                }
                JobMode::Debug => {
                    "A real job in Keboola, of the configuration as it is saved. Outputs and state are \
                     not written; what /data held before and after is stored as two zip files. What \
                     the code itself does elsewhere does happen."
                }
            }),
            edits(jobs),
            busy(jobs),
        ))
        .into_any()
}

fn mode(jobs: Jobs) -> View {
    label()
        .child(
            select()
                .attr("aria-label", "Mode")
                .on(ev::change, move |event| {
                    jobs.mode.set(match event_target_value(&event).as_str() {
                        "debug" => JobMode::Debug,
                        _ => JobMode::Run,
                    });
                })
                .child((
                    option().attr("value", "run").child("Run"),
                    option().attr("value", "debug").child("Debug"),
                )),
        )
        .into_any()
}

fn edits(jobs: Jobs) -> View {
    (move || {
        jobs.has_edits.get().then(|| {
            notice(
                Tone::Info,
                (
                    p().child("Your edits under Config are not saved: a job does not run them."),
                    button(Look::Quiet, "Show them", move || {
                        jobs.panel.tab.set(Tab::Config);
                    }),
                )
                    .into_any(),
            )
        })
    })
    .into_any()
}

fn busy(jobs: Jobs) -> View {
    (move || {
        let busy = jobs.busy.get();
        let first = busy.first()?.clone();
        let ids: Vec<String> = busy.iter().map(|job| job.id.clone()).collect();
        let words = match busy.len() {
            1 => "A job of this configuration goes on already; no other was started.",
            _ => "Jobs of this configuration go on already; no other was started.",
        };
        let rows: Vec<View> = busy.iter().map(|job| row(jobs, job)).collect();
        Some(
            div().attr("id", "job-busy").attr("tabindex", "-1").child(notice(
                Tone::Warning,
                (
                    p().child(strong().child(words)),
                    p().child(
                        "They run one at a time: another one would wait for its turn, and run once more \
                         what this one runs.",
                    ),
                    ul().attr("class", "jobs")
                        .attr("aria-label", "Jobs that go on")
                        .child(rows),
                    div().attr("class", "row wrap").child((
                        button(Look::Plain, "Follow it", move || jobs.follow(first.clone())),
                        button(Look::Quiet, "Start another one", move || {
                            jobs.start(ids.clone());
                        }),
                        button(Look::Quiet, "Leave it", move || jobs.busy.set(Vec::new())),
                    )),
                )
                    .into_any(),
            )),
        )
    })
    .into_any()
}
