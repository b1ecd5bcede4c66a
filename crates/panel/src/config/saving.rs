//! Saving into the configuration: first what would change, then the change.

use std::collections::BTreeMap;

use messages::Problem;
use messages::worker::{
    Overtaken, ReviewSave, SaveConfiguration, SaveOutcome, SaveReview, Side, Wanted,
};
use ui::dom::prelude::*;
use webext::calls::call;

use super::words;
use crate::settings::guarded;
use crate::state::Panel;

/// What became of the last save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Storage had all of it.
    Unchanged,
    /// It is this version.
    Saved(u64),
    /// Others wrote at the same moment.
    Overtaken(Overtaken),
}

/// A save on its way from the wish to the new version.
#[derive(Clone, Copy)]
pub(crate) struct Saving {
    pub(super) panel: Panel,
    /// What was asked for last.
    pub(super) wanted: RwSignal<Wanted>,
    /// What it would change; `None` while nothing is reviewed.
    pub(super) review: RwSignal<Option<SaveReview>>,
    /// Whether Storage changed while the review was open.
    pub(super) moved: RwSignal<bool>,
    /// Whether something was typed on the page behind the panel that no version in Storage can hold.
    pub(super) page_edited: RwSignal<bool>,
    /// What was chosen for the fields in conflict.
    pub(super) choices: RwSignal<BTreeMap<String, Side>>,
    /// The description of the change.
    pub(super) description: RwSignal<String>,
    /// What is being done.
    pub(super) doing: RwSignal<Option<&'static str>>,
    /// What became of it.
    pub(crate) told: RwSignal<Option<Told>>,
    /// Why it did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// Grows with each version that this panel made.
    pub(crate) written: RwSignal<u32>,
}

impl Saving {
    pub(crate) fn new(panel: Panel) -> Self {
        Self {
            panel,
            wanted: RwSignal::default(),
            review: RwSignal::new(None),
            moved: RwSignal::new(false),
            page_edited: RwSignal::new(false),
            choices: RwSignal::default(),
            description: RwSignal::default(),
            doing: RwSignal::new(None),
            told: RwSignal::new(None),
            failed: RwSignal::new(None),
            written: RwSignal::new(0),
        }
    }

    /// Asks what would change. `ready` is waited for first: the draft must be stored.
    pub(crate) fn review(
        self,
        wanted: Wanted,
        ready: impl Future<Output = Result<(), Problem>> + 'static,
    ) {
        self.begin("Comparing with Storage…", async move {
            ready.await?;
            let review = call(&ReviewSave {
                configuration: self.panel.url(),
                wanted,
            })
            .await?;
            self.look_at_page(&review).await;
            self.wanted.set(wanted);
            self.show(review, false);
            Ok(())
        });
    }

    /// The page's own form may hold edits: then something was typed there after the newest version.
    async fn look_at_page(self, review: &SaveReview) {
        let typed = webext::typed_on_page_at().await;
        self.page_edited
            .set(words::is_page_edited(typed, review.current.at));
    }

    /// Shows what would change, or that nothing would.
    fn show(self, review: SaveReview, moved: bool) {
        if review.changes.is_empty() && review.conflicts.is_empty() {
            self.close();
            self.told.set(Some(Told::Unchanged));
            return;
        }
        if !moved {
            self.description
                .set(words::description(&review, self.wanted.get_untracked()));
        }
        // A choice was made for what stood there then.
        self.choices.set(BTreeMap::new());
        self.moved.set(moved);
        self.review.set(Some(review));
        request_animation_frame(|| crate::tabs::focus("review"));
    }

    /// Nothing is saved.
    pub(super) fn close(self) {
        self.review.set(None);
        self.moved.set(false);
    }

    /// Keeps one side of a conflict.
    pub(super) fn choose(self, field: &str, side: Side) {
        self.choices.update(|choices| {
            choices.insert(field.to_owned(), side);
        });
    }

    /// Keeps one side of all conflicts.
    pub(super) fn choose_all(self, side: Side) {
        let fields = self.review.with_untracked(|review| {
            let conflicts = review.iter().flat_map(|review| &review.conflicts);
            conflicts.map(|it| it.field.clone()).collect::<Vec<_>>()
        });
        self.choices
            .set(fields.into_iter().map(|field| (field, side)).collect());
    }

    /// Whether a side was chosen of each conflict.
    pub(super) fn is_decided(self) -> bool {
        self.choices.with(|choices| {
            self.review.with(|review| {
                let mut conflicts = review.iter().flat_map(|review| &review.conflicts);
                conflicts.all(|it| choices.contains_key(&it.field))
            })
        })
    }

    /// Writes what was reviewed.
    pub(super) fn save(self) {
        let Some(reviewed) = self
            .review
            .with_untracked(|review| review.as_ref().map(|it| it.current.version))
        else {
            return;
        };
        guarded(self.panel, self.failed, move || {
            self.begin("Saving…", async move {
                let outcome = call(&SaveConfiguration {
                    configuration: self.panel.url(),
                    wanted: self.wanted.get_untracked(),
                    reviewed,
                    choices: self.choices.get_untracked().into_iter().collect(),
                    description: self.description.get_untracked().trim().to_owned(),
                })
                .await?;
                self.ended(outcome);
                Ok(())
            });
        });
    }

    /// Tells what became of it.
    pub(super) fn ended(self, outcome: SaveOutcome) {
        let told = match outcome {
            SaveOutcome::Review(review) => return self.show(review, true),
            SaveOutcome::Unchanged => Told::Unchanged,
            SaveOutcome::Saved { version } => Told::Saved(version),
            SaveOutcome::Overtaken(overtaken) => Told::Overtaken(overtaken),
        };
        self.close();
        if told != Told::Unchanged {
            self.written.update(|it| *it += 1);
        }
        self.told.set(Some(told));
        leptos::task::spawn_local(self.panel.read_with_token());
        request_animation_frame(|| crate::tabs::focus("saved"));
    }

    /// Does one thing at a time.
    pub(super) fn begin(
        self,
        doing: &'static str,
        work: impl Future<Output = Result<(), Problem>> + 'static,
    ) {
        if self.doing.with_untracked(Option::is_some) {
            return;
        }
        self.doing.set(Some(doing));
        self.failed.set(None);
        self.told.set(None);
        leptos::task::spawn_local(async move {
            let failed = work.await.err();
            self.doing.try_set(None);
            self.failed.try_set(failed);
        });
    }
}
