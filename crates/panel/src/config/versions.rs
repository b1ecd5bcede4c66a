//! The versions of the configuration: what differs between two, and the way back.

use messages::Problem;
use messages::worker::{CompareVersions, FieldChange, ListVersions, RollBack, VersionView};
use ui::controls::{Look, asking_button, button};
use ui::dom::prelude::*;
use ui::notice::problem;
use webext::calls::call;

use super::difference::difference;
use super::saving::Saving;
use super::words;
use crate::settings::guarded;

/// Versions of one answer.
const PAGE: usize = 20;

#[derive(Clone, Copy)]
struct Versions {
    saving: Saving,
    list: RwSignal<Option<Vec<VersionView>>>,
    more: RwSignal<bool>,
    compared: RwSignal<Option<Compared>>,
    /// The other side of a comparison, when it is not the version before.
    marked: RwSignal<Option<u64>>,
    failed: RwSignal<Option<Problem>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Compared {
    from: u64,
    to: u64,
    changes: Vec<FieldChange>,
}

/// The section: read when it is opened, and after each save.
pub(super) fn versions(saving: Saving) -> View {
    let it = Versions {
        saving,
        list: RwSignal::new(None),
        more: RwSignal::new(false),
        compared: RwSignal::new(None),
        marked: RwSignal::new(None),
        failed: RwSignal::new(None),
    };
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        saving.written.track();
        if open.get() {
            it.read(true);
        }
    });
    section()
        .attr("class", "fields")
        .attr("id", "versions")
        .attr("tabindex", "-1")
        .attr("aria-label", "Versions")
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Versions"),
                button(Look::Quiet, "Show versions", move || open.set(true))
                    .attr("hidden", move || open.get()),
                button(Look::Quiet, "Refresh", move || it.read(true))
                    .attr("aria-label", "Refresh versions")
                    .attr("hidden", move || !open.get()),
            )),
            move || Some(problem(&it.failed.get()?, None)),
            move || open.get().then(|| rows(it)),
        ))
        .into_any()
}

impl Versions {
    fn read(self, anew: bool) {
        leptos::task::spawn_local(async move {
            let offset = match anew {
                true => 0,
                false => self
                    .list
                    .with_untracked(|list| list.as_ref().map_or(0, Vec::len)),
            };
            let reply = call(&ListVersions {
                configuration: self.saving.panel.url(),
                offset: offset as u64,
            })
            .await;
            match reply {
                Ok(page) => {
                    self.failed.try_set(None);
                    self.more.try_set(page.len() >= PAGE);
                    self.list.update(|list| match list {
                        // A version that came meanwhile moves the others along.
                        Some(all) if !anew => {
                            let last = all.last().map_or(u64::MAX, |it| it.version);
                            all.extend(page.into_iter().filter(|it| it.version < last));
                        }
                        other => *other = Some(page),
                    });
                }
                Err(problem) => {
                    self.failed.try_set(Some(problem));
                }
            }
        });
    }

    fn newest(self) -> u64 {
        let first = |list: &Option<Vec<VersionView>>| Some(list.as_ref()?.first()?.version);
        self.list.with_untracked(first).unwrap_or_default()
    }

    fn compare(self, from: u64, to: u64) {
        let (from, to) = (from.min(to), from.max(to));
        leptos::task::spawn_local(async move {
            let reply = call(&CompareVersions {
                configuration: self.saving.panel.url(),
                from,
                to,
            })
            .await;
            match reply {
                Ok(changes) => {
                    self.failed.try_set(None);
                    self.compared.try_set(Some(Compared { from, to, changes }));
                    request_animation_frame(|| crate::tabs::focus("compared"));
                }
                Err(problem) => {
                    self.failed.try_set(Some(problem));
                }
            }
        });
    }

    fn roll_back(self, version: u64) {
        let saving = self.saving;
        let seen = self.newest();
        guarded(saving.panel, self.failed, move || {
            saving.begin("Rolling back…", async move {
                let outcome = call(&RollBack {
                    configuration: saving.panel.url(),
                    version,
                    seen,
                })
                .await?;
                saving.ended(outcome);
                Ok(())
            });
        });
    }
}

fn rows(it: Versions) -> View {
    (
        compared(it),
        move || match it.list.with(Option::is_none) {
            true => Some(p().attr("class", "dim").child("Reading the versions…")),
            false => None,
        },
        ul().attr("class", "versions")
            .attr("aria-label", "Versions")
            .child(move || {
                let list = it.list.get().unwrap_or_default();
                let newest = list.first().map_or(0, |it| it.version);
                let last = list.last().map_or(0, |it| it.version);
                list.into_iter()
                    .map(|version| row(it, &version, newest, last))
                    .collect::<Vec<_>>()
            }),
        move || {
            it.more
                .get()
                .then(|| button(Look::Quiet, "Older versions", move || it.read(false)))
        },
    )
        .into_any()
}

fn row(it: Versions, version: &VersionView, newest: u64, last: u64) -> View {
    let number = version.version;
    let now = it.saving.panel.now.get_untracked();
    let is_marked = move || it.marked.get() == Some(number);
    li().attr("class", "item")
        .child((
            div().attr("class", "grow").child((
                p().child(words::version(version, now)),
                version
                    .description
                    .clone()
                    .filter(|said| !said.is_empty())
                    .map(|said| p().attr("class", "dim").child(said)),
            )),
            div().attr("class", "actions").child((
                move || {
                    let other = it.marked.get();
                    match other {
                        Some(other) if other != number => Some(button(
                            Look::Quiet,
                            format!("Compare with {other}"),
                            move || {
                                it.compare(other, number);
                            },
                        )),
                        Some(_) => None,
                        None if number > last.max(1) => Some(
                            button(Look::Quiet, "What changed", move || {
                                it.compare(number - 1, number);
                            })
                            .attr("aria-label", format!("What changed in version {number}")),
                        ),
                        None => None,
                    }
                },
                button(Look::Quiet, "Mark", move || {
                    it.marked.update(|marked| {
                        *marked = if *marked == Some(number) {
                            None
                        } else {
                            Some(number)
                        };
                    });
                })
                .attr(
                    "aria-label",
                    format!("Mark version {number} to compare it with another"),
                )
                .attr("aria-pressed", move || is_marked().to_string()),
                (number != newest).then(|| {
                    asking_button("Roll back", "Make it the newest", move || {
                        it.roll_back(number);
                    })
                }),
            )),
        ))
        .into_any()
}

fn compared(it: Versions) -> View {
    (move || {
        let Compared { from, to, changes } = it.compared.get()?;
        let none = changes.is_empty();
        let changes: Vec<View> = changes
            .iter()
            .map(|change| {
                div()
                    .attr("class", "change")
                    .child((
                        div().attr("class", "row").child((
                            strong().child(words::field(&change.field)),
                            span().attr("class", "num").child(words::kind(change)),
                        )),
                        difference(change.before.as_deref(), change.after.as_deref()),
                    ))
                    .into_any()
            })
            .collect();
        Some(
            section()
                .attr("class", "fields compared")
                .attr("id", "compared")
                .attr("tabindex", "-1")
                .attr("aria-label", format!("Version {to} against version {from}"))
                .child((
                    div().attr("class", "row").child((
                        h3().attr("class", "grow")
                            .child(format!("Version {to} against version {from}")),
                        button(Look::Quiet, "Close comparison", move || {
                            it.compared.set(None);
                        }),
                    )),
                    none.then(|| {
                        p().attr("class", "dim")
                            .child("They have the same content.")
                    }),
                    changes,
                )),
        )
    })
    .into_any()
}
