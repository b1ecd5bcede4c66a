//! What the panel knows: one copyable bundle of signals that every view takes.

mod follow;
mod load;

use messages::engine::{RunView, UploadView};
use messages::worker::{Context, Keys, SecretParameter, Settings};
use messages::{ConfigurationUrl, Problem};
use ui::dom::prelude::*;
use ui::feed::{Feed, is_active};
use ui::sandboxes::Sandboxes;
use webext::visibility::Visibility;

use crate::log::pane::Pane;
use crate::sandbox::Line;

/// The tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Run, stop, log.
    Run,
    /// Uploads.
    Files,
    /// What the last run wrote.
    Outputs,
    /// The sandbox's files.
    Sandbox,
    /// The configuration: editor, saving, versions.
    Config,
    /// Real jobs.
    Jobs,
    /// Keys, sandbox, environment.
    Settings,
}

/// All that the panel knows.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    /// Whose panel this is.
    pub(crate) configuration: StoredValue<ConfigurationUrl>,
    /// The configuration's name.
    pub(crate) name: RwSignal<Option<String>>,
    /// Which keys are there; `None` until it was read.
    pub(crate) keys: RwSignal<Option<Keys>>,
    /// Settings in force; `None` until they were read.
    pub(crate) settings: RwSignal<Option<Settings>>,
    /// The encrypted parameters of the configuration.
    pub(crate) secrets: RwSignal<Vec<SecretParameter>>,
    /// The last run of this configuration.
    pub(crate) run: Memo<Option<RunView>>,
    /// The uploads of this configuration.
    pub(crate) uploads: Memo<Vec<UploadView>>,
    /// Why a run could not begin or stop.
    pub(crate) run_failed: RwSignal<Option<Problem>>,
    /// Run was pressed, and the engine has not answered.
    pub(crate) starting: RwSignal<bool>,
    /// When the engine was last told that Run may be pressed, in milliseconds since 1970.
    pub(crate) expected_at: StoredValue<f64>,
    /// Why there is no line to the engine.
    pub(crate) lost: RwSignal<Option<Problem>>,
    /// The log of the run.
    pub(crate) log: Pane,
    /// The key's sandboxes.
    pub(crate) sandboxes: Sandboxes,
    /// The terminal of the sandbox.
    pub(crate) terminal: Line,
    /// Milliseconds since 1970.
    pub(crate) now: ReadSignal<u64>,
    /// The tab that is shown.
    pub(crate) tab: RwSignal<Tab>,
    feed: RwSignal<Feed>,
    visibility: StoredValue<Option<Visibility>, LocalStorage>,
}

impl Panel {
    /// Begins to read and to listen.
    pub(crate) fn open(context: Context) -> Self {
        let key = context.configuration.key();
        let feed = RwSignal::new(Feed::default());
        let own = key.clone();
        let run = Memo::new(move |_| feed.with(|feed| feed.run_of(&own).cloned()));
        let uploads = Memo::new(move |_| {
            feed.with(|feed| {
                let own = |upload: &&UploadView| upload.configuration == key;
                feed.uploads.iter().filter(own).cloned().collect()
            })
        });
        let hurried = move || {
            let active = run.try_with_untracked(|run| run.as_ref().is_some_and(is_active));
            active.unwrap_or_default()
        };
        let panel = Self {
            configuration: StoredValue::new(context.configuration),
            name: RwSignal::new(context.name),
            keys: RwSignal::new(None),
            settings: RwSignal::new(None),
            secrets: RwSignal::new(Vec::new()),
            run,
            uploads,
            run_failed: RwSignal::new(None),
            starting: RwSignal::new(false),
            expected_at: StoredValue::new(0.0),
            lost: RwSignal::new(None),
            log: Pane::new(),
            sandboxes: Sandboxes::new(),
            terminal: Line::new(),
            now: ui::clock::ticking(hurried),
            tab: RwSignal::new(Tab::Run),
            feed,
            visibility: StoredValue::new_local(None),
        };
        panel.load();
        panel.follow();
        panel
    }

    /// Whose panel this is, to put into a call.
    pub(crate) fn url(self) -> ConfigurationUrl {
        self.configuration.get_value()
    }

    /// Whether there is a Storage token of the project, accepted or not.
    pub(crate) fn has_token(self) -> bool {
        self.keys
            .with(|keys| keys.as_ref().is_some_and(|keys| keys.token.is_some()))
    }

    /// Whether Keboola no longer accepts the stored token.
    pub(crate) fn is_token_refused(self) -> bool {
        self.keys.with(|keys| {
            let token = keys.as_ref().and_then(|keys| keys.token.as_ref());
            token.is_some_and(|token| token.refused)
        })
    }

    /// Whether a run is going on.
    pub(crate) fn is_running(self) -> bool {
        self.run.with(|run| run.as_ref().is_some_and(is_active))
    }

    /// Shows a tab, and of it the element with this id.
    pub(crate) fn show(self, tab: Tab, id: &'static str) {
        self.tab.set(tab);
        // The tab is laid out in the next frame.
        request_animation_frame(move || {
            if let Some(element) = document().get_element_by_id(id) {
                element.scroll_into_view();
            }
            crate::tabs::focus(id);
        });
    }

    /// Keeps the watch over what covers the panel.
    pub(crate) fn watch(self, visibility: Visibility) {
        self.visibility.set_value(Some(visibility));
    }

    /// Whether the person sees what they press.
    pub(crate) fn is_seen(self) -> bool {
        self.visibility
            .with_value(|it| it.as_ref().is_some_and(Visibility::is_visible))
    }
}
