//! The list of the key's sandboxes: life left, and what can be done to each.

mod actions;
mod list;

use crate::dom::prelude::*;
use messages::engine::{AdoptSandbox, DropSandbox, OwnedSandbox, OwnedSandboxes, SandboxExtended};
use messages::worker::{
    ConnectSandbox, EngineRuns, ExtendSandbox, ListSandboxes, Maker, PauseSandbox, SandboxView,
    StartEngine, TerminateSandbox,
};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::calls::call;
use webext::clock;

pub use list::{Seen, sandbox_list};

/// A longer life by less than this is none, in milliseconds.
const LEAST_GAIN_MS: u64 = 5_000;

/// What is being asked at a sandbox, in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Whether it is to be ended.
    Terminate,
    /// How long it is to live.
    Extend,
}

/// The sandboxes as they were last read.
#[derive(Clone, Copy, Debug)]
pub struct Sandboxes {
    list: RwSignal<Option<Vec<SandboxView>>>,
    /// Those that the engine keeps for the next run of their configurations.
    kept: RwSignal<Vec<OwnedSandbox>>,
    failed: RwSignal<Option<Problem>>,
    /// The sandbox that a question stands at.
    asked: RwSignal<Option<(String, Question)>>,
    /// The sandbox that something is being done to, and what.
    doing: RwSignal<Option<(String, &'static str)>>,
}

impl Sandboxes {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            list: RwSignal::new(None),
            kept: RwSignal::new(Vec::new()),
            failed: RwSignal::new(None),
            asked: RwSignal::new(None),
            doing: RwSignal::new(None),
        }
    }

    /// Reads the list.
    pub fn refresh(self) {
        leptos::task::spawn_local(self.read());
    }

    /// Whoever calls this is told when the list was read anew.
    pub fn track(self) {
        self.list.track();
    }

    /// The sandbox that the next run of a configuration would use, with the end of its life, where that is
    /// told.
    #[must_use]
    pub fn kept_for(self, configuration: &str) -> Option<(String, u64)> {
        let kept = self.kept.get();
        self.list.with(|list| {
            let own = |it: &&SandboxView| {
                it.configuration.as_deref() == Some(configuration)
                    && kept.iter().any(|kept| kept.id == it.id)
            };
            let sandbox = list.iter().flatten().find(own)?;
            (sandbox.ends_at > 0).then(|| (sandbox.id.clone(), sandbox.ends_at))
        })
    }

    /// Sandboxes that this extension made and that no run would use.
    fn ours_without_owner(self) -> Vec<SandboxView> {
        let kept = self.kept.get();
        let ours = |it: &&SandboxView| {
            it.maker != Maker::Other && !kept.iter().any(|kept| kept.id == it.id)
        };
        self.list
            .with(|list| list.iter().flatten().filter(ours).cloned().collect())
    }

    /// Those of a configuration: of an earlier session of the browser or of another browser, or paused.
    #[must_use]
    pub fn without_owner(self, configuration: &str) -> Vec<SandboxView> {
        let mut left = self.ours_without_owner();
        left.retain(|it| it.configuration.as_deref() == Some(configuration));
        left
    }

    /// All others that were made in this browser: of other configurations, and what a check of the
    /// service left.
    #[must_use]
    pub fn left_elsewhere(self, configuration: &str) -> Vec<SandboxView> {
        let mut left = self.ours_without_owner();
        let is_elsewhere = |of: &Option<String>| of.as_deref() != Some(configuration);
        left.retain(|it| it.maker == Maker::ThisBrowser && is_elsewhere(&it.configuration));
        left
    }

    /// Ends several sandboxes.
    pub fn terminate_all(self, ids: Vec<String>) {
        self.act(String::new(), "Terminating…", async move {
            for id in ids {
                call(&TerminateSandbox { id: id.clone() }).await?;
                forget(id).await?;
            }
            Ok(())
        });
    }

    /// Ends a sandbox.
    pub fn terminate(self, id: String) {
        self.act(id.clone(), "Terminating…", async move {
            call(&TerminateSandbox { id: id.clone() }).await?;
            forget(id).await
        });
    }

    /// Puts a sandbox to sleep. No run can use it then.
    fn pause(self, id: String) {
        self.act(id.clone(), "Pausing…", async move {
            call(&PauseSandbox { id: id.clone() }).await?;
            forget(id).await
        });
    }

    /// Gives a sandbox whose life ends at `ends_at` one of `seconds` from now.
    pub fn extend(self, id: String, ends_at: u64, seconds: u32) {
        let longer = ExtendSandbox {
            id: id.clone(),
            seconds,
        };
        self.act(id.clone(), "Extending…", async move {
            let now = clock::unix_ms();
            let came_of_it = call(&longer).await?;
            if matches!(call(&EngineRuns {}).await, Ok(true)) {
                let ends_at = came_of_it;
                call(&SandboxExtended { id, ends_at }).await?;
            }
            // Where the plan allows some of it, the list shows how much.
            if longer.was_cut(now, came_of_it) && came_of_it < ends_at + LEAST_GAIN_MS {
                return Err(ProblemCode::SandboxLifeTooLong.into());
            }
            Ok(())
        });
    }

    /// Wakes a sandbox, if it is paused, and has the configuration's next run use it.
    pub fn take(self, sandbox: &SandboxView, configuration: ConfigurationUrl, seconds: u32) {
        let join = ConnectSandbox {
            id: sandbox.id.clone(),
            seconds,
        };
        self.act(sandbox.id.clone(), "Connecting…", async move {
            let access = call(&join).await?;
            call(&StartEngine {}).await?;
            call(&AdoptSandbox {
                configuration,
                access,
            })
            .await
        });
    }

    /// Wakes a sandbox that is not of the configuration at hand.
    fn wake(self, sandbox: &SandboxView, seconds: u32) {
        let join = ConnectSandbox {
            id: sandbox.id.clone(),
            seconds,
        };
        self.act(sandbox.id.clone(), "Resuming…", async move {
            call(&join).await.map(drop)
        });
    }

    fn act(
        self,
        id: String,
        words: &'static str,
        work: impl Future<Output = Result<(), Problem>> + 'static,
    ) {
        self.asked.set(None);
        self.doing.set(Some((id, words)));
        leptos::task::spawn_local(async move {
            let done = work.await;
            self.read().await;
            self.doing.set(None);
            if let Err(problem) = done {
                self.failed.set(Some(problem));
            }
        });
    }

    async fn read(self) {
        match call(&ListSandboxes {}).await {
            Ok(list) => {
                // Of no sandbox there is nothing to be kept.
                self.kept.set(match list.as_slice() {
                    [] => Vec::new(),
                    _ => kept().await,
                });
                self.list.set(Some(list));
                self.failed.set(None);
            }
            // Without a key there are none to show; the key's own place says that it is missing.
            Err(problem) if problem.code == ProblemCode::E2bKeyMissing => {
                self.list.set(Some(Vec::new()));
                self.failed.set(None);
            }
            Err(problem) => self.failed.set(Some(problem)),
        }
    }
}

impl Default for Sandboxes {
    fn default() -> Self {
        Self::new()
    }
}

/// The engine is not started just to hear that it keeps nothing.
async fn kept() -> Vec<OwnedSandbox> {
    if matches!(call(&EngineRuns {}).await, Ok(true)) {
        return call(&OwnedSandboxes {}).await.unwrap_or_default();
    }
    Vec::new()
}

/// Tells the engine that no run can use a sandbox any more.
async fn forget(id: String) -> Result<(), Problem> {
    if matches!(call(&EngineRuns {}).await, Ok(true)) {
        call(&DropSandbox { id }).await?;
    }
    Ok(())
}
