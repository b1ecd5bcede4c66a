//! The files that were uploaded for this configuration earlier, by this extension.

use messages::Problem;
use messages::engine::{UploadPhase, UploadView};
use messages::worker::{AttachFile, DeleteStoredFile, DetachFile, ListStoredFiles, StoredFile};
use ui::controls::{Look, asking_button, button, copy_button};
use ui::dom::prelude::*;
use ui::notice::problem;
use webext::calls::call;

use super::words::stored_facts;
use crate::settings::guarded;
use crate::state::{Panel, Tab};

/// Storage finds a new file a second after it was made (reference keboola §3.3).
const INDEX_MS: u32 = 1_500;

#[derive(Clone, Copy)]
struct Stored {
    panel: Panel,
    list: RwSignal<Option<Vec<StoredFile>>>,
    failed: RwSignal<Option<Problem>>,
}

impl Stored {
    async fn read(self) {
        let reply = call(&ListStoredFiles {
            configuration: self.panel.url(),
        })
        .await;
        match reply {
            Ok(list) => {
                self.list.try_set(Some(list));
                self.failed.try_set(None);
            }
            Err(problem) => {
                self.failed.try_set(Some(problem));
            }
        }
    }

    fn refresh(self) {
        leptos::task::spawn_local(self.read());
    }

    fn attach(self, file: u64, attached: bool) {
        leptos::task::spawn_local(async move {
            let configuration = self.panel.url();
            let done = if attached {
                call(&AttachFile {
                    configuration,
                    file,
                })
                .await
            } else {
                call(&DetachFile {
                    configuration,
                    file,
                })
                .await
            };
            self.failed.set(done.err());
            self.read().await;
        });
    }

    fn delete(self, file: u64) {
        guarded(self.panel, self.failed, move || {
            leptos::task::spawn_local(async move {
                let done = call(&DeleteStoredFile {
                    configuration: self.panel.url(),
                    file,
                })
                .await;
                if let Err(problem) = done {
                    self.failed.set(Some(problem));
                    return;
                }
                self.list.update(|list| {
                    if let Some(list) = list {
                        list.retain(|it| it.id != file);
                    }
                });
            });
        });
    }
}

/// The section; read when the tab is opened and after each upload. Uploads that the tab shows above
/// are not shown twice.
pub(super) fn stored_files(panel: Panel) -> View {
    let stored = Stored {
        panel,
        list: RwSignal::new(None),
        failed: RwSignal::new(None),
    };
    let above = Memo::new(move |_| {
        panel.uploads.with(|uploads| {
            let ids = uploads.iter().filter_map(|it| it.file);
            ids.collect::<Vec<_>>()
        })
    });
    let token = Memo::new(move |_| {
        panel.keys.with(|keys| {
            let token = keys.as_ref()?.token.as_ref()?;
            (!token.refused).then(|| token.hint.last4.clone())
        })
    });
    // How many are there, not how far each is: the list is read anew when one more has arrived.
    let arrived = Memo::new(move |_| {
        panel.uploads.with(|uploads| {
            let there = |it: &&UploadView| it.phase == UploadPhase::Stored;
            uploads.iter().filter(there).count()
        })
    });
    let soon = StoredValue::new(false);
    Effect::new(move |_| {
        if panel.tab.get() == Tab::Files && token.with(Option::is_some) {
            stored.refresh();
        }
    });
    Effect::new(move |before: Option<usize>| {
        let now = arrived.get();
        // Many that arrive one after the other are read together.
        if before.is_some_and(|before| before != now) && !soon.get_value() {
            soon.set_value(true);
            leptos::task::spawn_local(async move {
                webext::timer::sleep_ms(INDEX_MS).await;
                soon.try_set_value(false);
                if panel.tab.try_get_untracked() == Some(Tab::Files) {
                    stored.read().await;
                }
            });
        }
        now
    });
    let earlier = Memo::new(move |_| {
        let above = above.get();
        stored.list.with(|list| {
            let list = list.as_ref()?;
            let rest = list.iter().filter(|it| !above.contains(&it.id));
            Some(rest.cloned().collect::<Vec<_>>())
        })
    });
    let none = move || earlier.with(|list| list.as_ref().is_none_or(Vec::is_empty));
    section()
        .attr("class", "fields")
        .attr("hidden", move || {
            none() && stored.failed.with(Option::is_none)
        })
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Uploaded earlier"),
                button(Look::Quiet, "Refresh", move || stored.refresh()),
            )),
            ul().attr("class", "card")
                .attr("aria-label", "Uploaded earlier")
                .attr("hidden", none)
                .child(keyed(
                    move || earlier.get().unwrap_or_default(),
                    |file| (file.id, file.attached),
                    move |file| row(stored, &file),
                )),
            move || stored.failed.get().map(|it| problem(&it, None)),
        ))
        .into_any()
}

fn row(stored: Stored, file: &StoredFile) -> El {
    let (id, attached) = (file.id, file.attached);
    let verb = if attached {
        "Leave out of runs"
    } else {
        "Use in runs"
    };
    let facts: Vec<_> = stored_facts(file)
        .into_iter()
        .map(|it| span().child(it))
        .collect();
    let tags: Vec<_> = file
        .tags
        .iter()
        .map(|tag| code().child(tag.clone()))
        .collect();
    li().attr("class", "item").child((
        div().attr("class", "row wrap").child((
            strong().attr("class", "grow").child(file.name.clone()),
            button(Look::Quiet, verb, move || stored.attach(id, !attached))
                .attr("aria-label", format!("{verb}: {}", file.name)),
            asking_button("Delete", "Delete from Storage", move || stored.delete(id)),
        )),
        div().attr("class", "meta").child((
            span().attr("class", "copy").child((
                span().child(format!("Storage {id}")),
                copy_button("Copy Storage id", id.to_string()),
            )),
            facts,
            tags,
        )),
    ))
}
