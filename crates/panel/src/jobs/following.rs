//! What the tab knows: the jobs, the one that is followed, a start on its way.

use messages::Problem;
use messages::worker::{
    JobEvents, JobMode, JobView, KillJob, ListJobs, ReadDraft, ReadJob, StartJob, StartOutcome,
};
use ui::dom::prelude::*;
use webext::calls::call;
use webext::{clock, timer};

use super::lines::lines;
use super::pace::{LAST_LOOKS, pause_ms};
use crate::log::pane::Pane;
use crate::settings::guarded;
use crate::state::Panel;

/// The tab's state.
#[derive(Clone, Copy)]
pub(super) struct Jobs {
    pub(super) panel: Panel,
    /// The newest jobs; `None` until they were read.
    pub(super) list: RwSignal<Option<Vec<JobView>>>,
    /// The job that is followed.
    pub(super) followed: RwSignal<Option<JobView>>,
    /// What it says.
    pub(super) events: Pane,
    /// The first event that is shown, when there may be some before it.
    pub(super) earlier: RwSignal<Option<String>>,
    /// Why it cannot be followed at the moment.
    pub(super) interrupted: RwSignal<Option<Problem>>,
    /// What a new job does.
    pub(super) mode: RwSignal<JobMode>,
    /// A start was asked for and not answered.
    pub(super) starting: RwSignal<bool>,
    /// Jobs that stand in the way of a start.
    pub(super) busy: RwSignal<Vec<JobView>>,
    /// Whether the followed job is one whose start was not answered.
    pub(super) found: RwSignal<bool>,
    /// Whether there are edits that no job would run.
    pub(super) has_edits: RwSignal<bool>,
    /// Why something did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// Events that are shown, to show those of before once more in their place.
    lines: StoredValue<Vec<messages::worker::JobEventView>>,
    /// Counts what was followed: an older loop ends by it.
    turn: StoredValue<u32>,
}

impl Jobs {
    pub(super) fn new(panel: Panel) -> Self {
        Self {
            panel,
            list: RwSignal::new(None),
            followed: RwSignal::new(None),
            events: Pane::new(),
            earlier: RwSignal::new(None),
            interrupted: RwSignal::new(None),
            mode: RwSignal::new(JobMode::Run),
            starting: RwSignal::new(false),
            busy: RwSignal::new(Vec::new()),
            found: RwSignal::new(false),
            has_edits: RwSignal::new(false),
            failed: RwSignal::new(None),
            lines: StoredValue::default(),
            turn: StoredValue::new(0),
        }
    }

    /// Reads the list; a job that goes on is followed when none is yet.
    pub(super) fn refresh(self) {
        leptos::task::spawn_local(async move {
            let configuration = self.panel.url();
            let draft = ReadDraft {
                configuration: configuration.clone(),
            };
            let list = ListJobs { configuration };
            let (draft, list) = futures::join!(call(&draft), call(&list));
            self.has_edits.try_set(matches!(draft, Ok(Some(_))));
            match list {
                Ok(jobs) => {
                    self.failed.try_set(None);
                    let is_idle = self.followed.with_untracked(Option::is_none);
                    let active = jobs.iter().find(|job| !job.finished).cloned();
                    self.list.try_set(Some(jobs));
                    if let Some(active) = active.filter(|_| is_idle) {
                        self.follow(active);
                    }
                }
                Err(problem) => {
                    self.failed.try_set(Some(problem));
                }
            }
        });
    }

    /// Starts a job; `beside` are those that go on and that the person knows of.
    pub(super) fn start(self, beside: Vec<String>) {
        if self.starting.get_untracked() {
            return;
        }
        guarded(self.panel, self.failed, move || {
            self.starting.set(true);
            self.failed.set(None);
            self.busy.set(Vec::new());
            leptos::task::spawn_local(async move {
                let outcome = call(&StartJob {
                    configuration: self.panel.url(),
                    mode: self.mode.get_untracked(),
                    beside,
                })
                .await;
                self.starting.try_set(false);
                match outcome {
                    Ok(StartOutcome::Started(job)) => self.follow(job),
                    Ok(StartOutcome::Found(job)) => {
                        self.follow(job);
                        self.found.set(true);
                    }
                    Ok(StartOutcome::Busy(jobs)) => {
                        self.busy.try_set(jobs);
                        request_animation_frame(|| crate::tabs::focus("job-busy"));
                    }
                    Err(problem) => {
                        self.failed.try_set(Some(problem));
                    }
                }
                self.read_list().await;
            });
        });
    }

    /// Ends the job.
    pub(super) fn kill(self, job: String) {
        guarded(self.panel, self.failed, move || {
            leptos::task::spawn_local(async move {
                let ended = call(&KillJob {
                    configuration: self.panel.url(),
                    job,
                })
                .await;
                match ended {
                    Ok(job) => {
                        self.failed.try_set(None);
                        self.show(job);
                    }
                    Err(problem) => {
                        self.failed.try_set(Some(problem));
                    }
                }
            });
        });
    }

    /// Follows a job from its first event to its end.
    pub(super) fn follow(self, job: JobView) {
        let Some(turn) = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        let id = job.id.clone();
        self.busy.set(Vec::new());
        self.found.set(false);
        self.interrupted.set(None);
        self.earlier.set(None);
        self.lines.set_value(Vec::new());
        self.events.replace(&id, &[]);
        self.followed.set(Some(job));
        request_animation_frame(|| crate::tabs::focus("job"));
        leptos::task::spawn_local(self.keep_following(id, turn));
    }

    async fn keep_following(self, job: String, turn: u32) {
        let began = clock::now_ms();
        let (mut failures, mut looks_after_end) = (0, 0);
        loop {
            let after = self
                .lines
                .try_with_value(|all| all.last().map(|event| event.id.clone()));
            let news = call(&ReadJob {
                configuration: self.panel.url(),
                job: job.clone(),
                after: after.flatten(),
                before: None,
            })
            .await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match news {
                Ok(news) => {
                    let is_over = news.job.finished;
                    self.show(news.job);
                    match news.events {
                        Ok(events) => {
                            failures = 0;
                            self.interrupted.set(None);
                            self.add(&job, events);
                            looks_after_end += u32::from(is_over);
                        }
                        Err(problem) => {
                            failures += 1;
                            self.interrupted.set(Some(problem));
                        }
                    }
                }
                Err(problem) => {
                    failures += 1;
                    self.interrupted.set(Some(problem));
                }
            }
            if looks_after_end >= LAST_LOOKS {
                return;
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time span
            let age = (clock::now_ms() - began) as u64;
            timer::sleep_ms(pause_ms(age, failures, document().hidden())).await;
        }
    }

    /// The job as it is now, also in the list.
    fn show(self, job: JobView) {
        let is_new = |known: &Option<JobView>| known.as_ref() != Some(&job);
        self.list.update(|list| {
            let row = list.iter_mut().flatten().find(|known| known.id == job.id);
            if let Some(row) = row {
                row.clone_from(&job);
            }
        });
        if self.followed.with_untracked(is_new) {
            self.followed.set(Some(job));
        }
    }

    fn began(self) -> Option<u64> {
        self.followed
            .with_untracked(|job| job.as_ref().and_then(|job| job.created_at))
    }

    /// New events, behind those that are shown.
    fn add(self, job: &str, JobEvents { events, cut }: JobEvents) {
        let began = self.began();
        self.lines.update_value(|all| {
            // Should Storage tell one twice, it is shown once.
            let new: Vec<_> = events
                .into_iter()
                .filter(|event| all.iter().rev().take(500).all(|known| known.id != event.id))
                .collect();
            if cut && all.is_empty() {
                self.earlier.set(new.first().map(|event| event.id.clone()));
            }
            let new_lines: Vec<_> = new.iter().flat_map(|event| lines(event, began)).collect();
            self.events.append(job, &new_lines);
            all.extend(new);
        });
    }

    /// Events before those that are shown.
    pub(super) fn read_earlier(self) {
        let Some(before) = self.earlier.get_untracked() else {
            return;
        };
        let Some(job) = self
            .followed
            .with_untracked(|job| job.as_ref().map(|job| job.id.clone()))
        else {
            return;
        };
        leptos::task::spawn_local(async move {
            let news = call(&ReadJob {
                configuration: self.panel.url(),
                job: job.clone(),
                after: None,
                before: Some(before.clone()),
            })
            .await;
            // Another job is shown by now, or they came by another press.
            if self.earlier.try_get_untracked().flatten() != Some(before) {
                return;
            }
            match news.and_then(|news| news.events) {
                Ok(JobEvents { events, cut }) => {
                    let first = events.first().map(|event| event.id.clone());
                    self.earlier.set(first.filter(|_| cut));
                    let began = self.began();
                    self.lines.update_value(|all| {
                        all.splice(0..0, events);
                        let lines: Vec<_> =
                            all.iter().flat_map(|event| lines(event, began)).collect();
                        self.events.replace(&job, &lines);
                    });
                }
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }

    async fn read_list(self) {
        let list = call(&ListJobs {
            configuration: self.panel.url(),
        })
        .await;
        if let Ok(jobs) = list {
            self.list.try_set(Some(jobs));
        }
    }
}
