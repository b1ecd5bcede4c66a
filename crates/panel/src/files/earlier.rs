//! What is known of the files that were uploaded for this configuration earlier.

use std::collections::HashMap;

use messages::Problem;
use messages::engine::{AddToSandbox, SandboxCopy, UploadPhase, UploadView};
use messages::worker::{AttachFiles, DeleteStoredFile, DetachFile, ListStoredFiles, StoredFile};
use ui::dom::prelude::*;
use ui::feed::{is_active, is_under_way};
use webext::calls::call;

use super::copies::Copies;
use super::downloads::Download;
use crate::settings::guarded;
use crate::state::{Panel, Tab};

/// Storage finds a new file a second after it was made (reference keboola §3.3).
const INDEX_MS: u32 = 1_500;

/// The earlier files.
#[derive(Clone, Copy)]
pub(super) struct Earlier {
    pub(super) panel: Panel,
    /// As Storage listed them last, newest first.
    pub(super) list: RwSignal<Option<Vec<StoredFile>>>,
    /// The same, by content.
    pub(super) copies: Memo<Copies>,
    /// Where they are in the sandbox that lives now.
    pub(super) in_sandbox: RwSignal<HashMap<u64, SandboxCopy>>,
    /// Those that are downloaded now, or could not be.
    pub(super) downloads: RwSignal<HashMap<u64, Download>>,
    /// Why the last call did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
}

impl Earlier {
    /// Not read yet; read when the tab is opened, and whenever uploads have ended.
    pub(super) fn new(panel: Panel) -> Self {
        let list = RwSignal::new(None::<Vec<StoredFile>>);
        let earlier = Self {
            panel,
            list,
            copies: Memo::new(move |_| {
                list.with(|list| Copies::of(list.as_deref().unwrap_or_default()))
            }),
            in_sandbox: RwSignal::default(),
            downloads: RwSignal::default(),
            failed: RwSignal::new(None),
        };
        earlier.keep_up_to_date();
        earlier
    }

    fn keep_up_to_date(self) {
        let panel = self.panel;
        let token = Memo::new(move |_| {
            panel.keys.with(|keys| {
                let token = keys.as_ref()?.token.as_ref()?;
                (!token.refused).then(|| token.hint.last4.clone())
            })
        });
        Effect::new(move |_| {
            if panel.tab.get() == Tab::Files && token.with(Option::is_some) {
                self.refresh();
            }
        });
        let stored = Memo::new(move |_| {
            panel.uploads.with(|uploads| {
                let moves = |it: &UploadView| {
                    is_under_way(it) && !matches!(it.phase, UploadPhase::Paused { .. })
                };
                let is_stored = |it: &&UploadView| it.phase == UploadPhase::Stored;
                // While many go their way, each of them would have all read again.
                (!uploads.iter().any(moves)).then(|| uploads.iter().filter(is_stored).count())
            })
        });
        let changes = StoredValue::new(0_u32);
        Effect::new(move |before: Option<Option<usize>>| {
            let now = stored.get();
            if before.is_some_and(|before| before != now)
                && now.is_some()
                && panel.tab.get_untracked() == Tab::Files
            {
                changes.set_value(changes.get_value() + 1);
                let change = changes.get_value();
                leptos::task::spawn_local(async move {
                    webext::timer::sleep_ms(INDEX_MS).await;
                    // Once for all that are taken off the list together.
                    if changes.try_get_value() == Some(change) {
                        self.read().await;
                    }
                });
            }
            now
        });
        let sandbox = Memo::new(move |_| self.live_sandbox());
        Effect::new(move |_| {
            sandbox.track();
            self.in_sandbox.set(HashMap::new());
        });
    }

    /// The sandbox that lives now, by its id.
    fn live_sandbox(self) -> Option<String> {
        let now = self.panel.now.get();
        self.panel.run.with(|run| {
            let sandbox = run.as_ref()?.sandbox.as_ref()?;
            (!sandbox.gone && sandbox.ends_at > now).then(|| sandbox.id.clone())
        })
    }

    /// Whether a file could be brought into a sandbox now: one lives, and no run uses it.
    pub(super) fn can_bring(self) -> Memo<bool> {
        Memo::new(move |_| {
            let running = self
                .panel
                .run
                .with(|run| run.as_ref().is_some_and(is_active));
            self.live_sandbox().is_some() && !running
        })
    }

    /// Asks Storage.
    pub(super) async fn read(self) {
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

    /// Asks Storage in its own time.
    pub(super) fn refresh(self) {
        leptos::task::spawn_local(self.read());
    }

    /// Makes a file an input of runs, and brings it into the sandbox that lives.
    pub(super) fn add(self, file: u64) {
        leptos::task::spawn_local(async move {
            if self.panel.run.with_untracked(Option::is_some) {
                self.in_sandbox.update(|copies| {
                    copies.insert(file, SandboxCopy::Fetching);
                });
            }
            self.failed.set(self.bring(file).await.err());
            self.read().await;
        });
    }

    async fn bring(self, file: u64) -> Result<(), Problem> {
        let copy = call(&AddToSandbox {
            configuration: self.panel.url(),
            file,
        })
        .await;
        self.in_sandbox.update(|copies| match &copy {
            Ok(copy) => {
                copies.insert(file, copy.clone());
            }
            Err(_) => {
                copies.remove(&file);
            }
        });
        copy.map(drop)
    }

    /// Makes a file an input of later runs, or no longer.
    pub(super) fn attach(self, file: u64, attached: bool) {
        leptos::task::spawn_local(async move {
            let configuration = self.panel.url();
            let done = if attached {
                call(&AttachFiles {
                    configuration,
                    files: vec![file],
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

    /// Deletes a file from Storage.
    pub(super) fn delete(self, file: u64) {
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
