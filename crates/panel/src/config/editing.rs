//! The edits of this panel: what Storage has, what was typed, and the sealed copy that outlives the
//! panel.

use futures::join;
use messages::Problem;
use messages::engine::RunOf;
use messages::worker::{
    ConfigurationView, Draft, ListVersions, ReadConfiguration, ReadDraft, StoreDraft, VersionView,
};
use ui::dom::prelude::*;
use webext::calls::call;

use super::draft::{Part, mistake};
use super::json::Mistake;
use crate::state::{Panel, Tab};

/// How long typing rests before the edits are sealed and kept, in milliseconds.
const REST_MS: u32 = 400;

/// All that the editor knows.
#[derive(Clone, Copy)]
pub(super) struct Editing {
    pub(super) panel: Panel,
    /// The configuration as it was read last; `None` until it was read.
    pub(super) view: RwSignal<Option<ConfigurationView>>,
    /// What differs from it; `None` when nothing does.
    pub(super) draft: RwSignal<Option<Draft>>,
    /// The version that is newer than the one from which the edits began.
    pub(super) newer: RwSignal<Option<VersionView>>,
    /// Whether Storage is being asked.
    pub(super) reading: RwSignal<bool>,
    /// What did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// Why the edits cannot be used as they are.
    pub(super) mistake: Memo<Option<Mistake>>,
    /// Texts to be shown, in the order of [`Part::ALL`]; not what is typed since.
    pub(super) shown: StoredValue<[RwSignal<String>; 3]>,
    /// What the worker keeps.
    kept: StoredValue<Option<Draft>>,
    /// Grows with each change.
    changes: StoredValue<u32>,
}

impl Editing {
    pub(super) fn new(panel: Panel) -> Self {
        let draft = RwSignal::new(None);
        Self {
            panel,
            view: RwSignal::new(None),
            draft,
            newer: RwSignal::new(None),
            reading: RwSignal::new(false),
            failed: RwSignal::new(None),
            mistake: Memo::new(move |_| draft.with(|draft| mistake(draft.as_ref()?))),
            shown: StoredValue::new([(); 3].map(|()| RwSignal::new(String::new()))),
            kept: StoredValue::new(None),
            changes: StoredValue::new(0),
        }
    }

    /// Whether something is edited.
    pub(super) fn is_dirty(self) -> bool {
        self.draft.with(Option::is_some)
    }

    /// Whether the edits can be run and saved.
    pub(super) fn is_usable(self) -> bool {
        self.is_dirty() && self.mistake.with(Option::is_none)
    }

    /// The text that the editor of a part shows at first, and anew whenever it is set.
    pub(super) fn text_of(self, part: Part) -> RwSignal<String> {
        let [code, packages, parameters] = self.shown.get_value();
        match part {
            Part::Code => code,
            Part::Packages => packages,
            Part::Parameters => parameters,
        }
    }

    /// Reads again what Storage has. What was typed stays.
    pub(super) fn reload(self) {
        if self.reading.get_untracked() {
            return;
        }
        self.reading.set(true);
        leptos::task::spawn_local(async move {
            let failed = self.read().await.err();
            self.reading.try_set(false);
            self.failed.try_set(failed);
        });
    }

    async fn read(self) -> Result<(), Problem> {
        let configuration = self.panel.url();
        let of_storage = ReadConfiguration {
            configuration: configuration.clone(),
        };
        let of_draft = ReadDraft {
            configuration: configuration.clone(),
        };
        let (view, kept) = join!(call(&of_storage), call(&of_draft));
        let (view, kept) = (view?, kept?);
        let before = self.draft.get_untracked();
        // Edits that are kept may have been saved, dropped or continued by another panel meanwhile.
        if self.kept.with_value(|it| *it == before) {
            self.draft.set(kept.clone());
            self.kept.set_value(kept);
        }
        let newest = view.version;
        self.view.set(Some(view));
        self.show(before.as_ref());
        let base = self
            .draft
            .with_untracked(|draft| draft.as_ref().map(|it| it.base_version));
        let newer = match base {
            Some(base) if base < newest => {
                let listed = call(&ListVersions {
                    configuration,
                    offset: 0,
                })
                .await;
                // Who made it is good to know; that it is there is what counts.
                let listed = listed.unwrap_or_default().into_iter();
                let unknown = VersionView {
                    version: newest,
                    at: None,
                    by: None,
                    description: None,
                };
                let made = listed.into_iter().find(|it| it.version == newest);
                Some(made.unwrap_or(unknown))
            }
            _ => None,
        };
        self.newer.set(newer);
        Ok(())
    }

    /// Puts the texts into the editors, but where what was typed is still the same.
    fn show(self, before: Option<&Draft>) {
        self.view.with_untracked(|view| {
            let Some(view) = view else { return };
            self.draft.with_untracked(|draft| {
                let draft = draft.as_ref();
                for part in Part::ALL {
                    let is_edited = draft.is_some_and(|it| part.is_edited(it));
                    let text = part.text(view, draft);
                    if !is_edited || text != part.text(view, before) {
                        self.text_of(part).set(text);
                    }
                }
            });
        });
    }

    /// A person changed the text of a part.
    pub(super) fn typed(self, part: Part, text: String) {
        self.view.with_untracked(|view| {
            let Some(view) = view else { return };
            self.draft
                .update(|draft| *draft = part.typed(text, view, draft.take()));
        });
        let change = self.changes.get_value() + 1;
        self.changes.set_value(change);
        leptos::task::spawn_local(async move {
            webext::timer::sleep_ms(REST_MS).await;
            if self.changes.try_get_value() == Some(change) {
                self.keep();
            }
        });
    }

    /// Keeps the edits now: the panel may be closed in a moment.
    pub(super) fn keep(self) {
        let store = self.store();
        leptos::task::spawn_local(async move {
            if let Err(problem) = store.await {
                self.failed.try_set(Some(problem));
            }
        });
    }

    /// Keeps the edits; done once the worker has them.
    pub(super) fn store(self) -> impl Future<Output = Result<(), Problem>> {
        let draft = self.draft.get_untracked();
        let configuration = self.panel.url();
        async move {
            if self.kept.with_value(|kept| *kept == draft) {
                return Ok(());
            }
            let stored = StoreDraft {
                configuration,
                draft,
            };
            call(&stored).await?;
            self.kept.try_set_value(stored.draft);
            Ok(())
        }
    }

    /// Drops the edits.
    pub(super) fn discard(self) {
        let before = self.draft.get_untracked();
        self.draft.set(None);
        self.newer.set(None);
        self.show(before.as_ref());
        self.keep();
    }

    /// Runs them.
    pub(super) fn run(self) {
        let store = self.store();
        leptos::task::spawn_local(async move {
            match store.await {
                Ok(()) => {
                    self.panel.show(Tab::Run, "tab-run");
                    self.panel.start_run(RunOf::Unsaved);
                }
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }
}
