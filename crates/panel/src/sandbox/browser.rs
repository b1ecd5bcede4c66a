//! What the tab knows: the sandbox, the folder that is shown, what goes on.

use messages::engine::{
    DeleteEntry, Folder, FolderEntry, ListFolder, LookAtSandbox, MakeFolder, RenameEntry,
    SandboxState, StartSandbox, UploadPhase,
};
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use webext::calls::call;

use super::naming::Naming;
use super::opened::Opened;
use super::path::{FIRST, join, parent};
use crate::state::{Panel, Tab};

/// Entries of a folder that are shown at first, and more each time: each is a row.
const PAGE: u64 = 1_000;

/// The tab's signals.
#[derive(Clone, Copy)]
pub(super) struct Browser {
    pub(super) panel: Panel,
    /// The live sandbox; the inner `None` when there is none, the outer until that is known.
    pub(super) state: RwSignal<Option<Option<SandboxState>>>,
    /// The folder that is shown.
    pub(super) folder: RwSignal<Option<Folder>>,
    /// Why the last thing did not work.
    pub(super) failed: RwSignal<Option<Problem>>,
    /// What goes on.
    pub(super) doing: RwSignal<Option<String>>,
    /// The name that is being typed.
    pub(super) naming: RwSignal<Option<Naming>>,
    /// The file that is being looked at.
    pub(super) opened: RwSignal<Option<Opened>>,
    /// How many entries are shown at the most.
    at_most: StoredValue<u64>,
    /// The question that was asked last; an answer to an earlier one is of no use.
    asked: StoredValue<u32>,
}

impl Browser {
    /// Looks into the sandbox whenever the tab is shown, a run has ended, or a file has come.
    pub(super) fn new(panel: Panel) -> Self {
        let browser = Self {
            panel,
            state: RwSignal::new(None),
            folder: RwSignal::new(None),
            failed: RwSignal::new(None),
            doing: RwSignal::new(None),
            naming: RwSignal::new(None),
            opened: RwSignal::new(None),
            at_most: StoredValue::new(PAGE),
            asked: StoredValue::new(0),
        };
        let arrived = Memo::new(move |_| {
            panel.uploads.with(|uploads| {
                let there = |it: &&_| is_there(it);
                uploads.iter().filter(there).count()
            })
        });
        let run = Memo::new(move |_| {
            panel.run.with(|run| {
                let run = run.as_ref()?;
                let sandbox = run.sandbox.as_ref();
                let sandbox = sandbox.map(|it| (it.id.clone(), it.gone, it.ends_at));
                Some((sandbox, ui::feed::is_active(run)))
            })
        });
        let shown = Memo::new(move |_| panel.tab.get() == Tab::Sandbox);
        // Typing into the terminal moves a life on; that is looked up when the known one is over.
        let over = Memo::new(move |_| {
            let ends_at = browser.state.get().flatten().map(|it| it.sandbox.ends_at);
            ends_at.is_some_and(|end| end <= panel.now.get())
        });
        Effect::new(move |_| {
            let _ = (arrived.get(), run.get(), over.get());
            panel.sandboxes.track();
            if shown.get() {
                browser.refresh();
            }
        });
        browser
    }

    /// Reads anew what is shown.
    pub(super) fn refresh(self) {
        let folder = self
            .folder
            .with_untracked(|it| it.as_ref().map(|it| it.path.clone()));
        leptos::task::spawn_local(async move {
            let configuration = self.panel.url();
            match call(&LookAtSandbox { configuration }).await {
                Ok(state) => {
                    let lives = state.is_some();
                    let before = self.sandbox_id();
                    self.state.set(Some(state));
                    if !lives {
                        self.forget();
                    } else if before.is_some() && before != self.sandbox_id() {
                        // Another one: what was shown is of the one before.
                        self.forget();
                        self.show_first().await;
                    } else if let Some(folder) = folder {
                        self.show(folder).await;
                    } else {
                        self.show_first().await;
                    }
                }
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }

    fn sandbox_id(self) -> Option<String> {
        self.state.with_untracked(|it| {
            let state = it.as_ref()?.as_ref()?;
            Some(state.sandbox.id.clone())
        })
    }

    fn forget(self) {
        self.folder.set(None);
        self.naming.set(None);
        self.opened.set(None);
    }

    /// Once what stood in the way is gone.
    pub(super) fn try_again(self) {
        self.failed.set(None);
        match self.sandbox_id() {
            Some(_) => self.refresh(),
            None => self.start(),
        }
    }

    /// Makes a sandbox.
    pub(super) fn start(self) {
        self.begin("Starting a sandbox…", async move {
            let configuration = self.panel.url();
            call(&StartSandbox { configuration }).await?;
            self.panel.sandboxes.refresh();
            self.refresh();
            Ok(())
        });
    }

    /// Shows a folder.
    pub(super) fn open_folder(self, path: String) {
        self.at_most.set_value(PAGE);
        self.naming.set(None);
        self.opened.set(None);
        self.failed.set(None);
        leptos::task::spawn_local(self.show(path));
    }

    /// Shows more entries of the folder.
    pub(super) fn show_more(self) {
        self.at_most.update_value(|it| *it += PAGE);
        self.refresh();
    }

    /// Goes where a link leads: into a folder, or it looks into a file.
    pub(super) fn follow_link(self, link: FolderEntry) {
        let FolderEntry {
            path, link_target, ..
        } = link;
        // Where envd tells it, it is the end of the whole chain, and absolute.
        let target = link_target.filter(|it| it.starts_with('/')).unwrap_or(path);
        self.failed.set(None);
        leptos::task::spawn_local(async move {
            self.at_most.set_value(PAGE);
            match self.list(target.clone()).await {
                Some(Ok(folder)) => {
                    self.naming.set(None);
                    self.opened.set(None);
                    self.folder.set(Some(folder));
                }
                // A file: its size is told when it is opened.
                Some(Err(problem)) if problem.code == ProblemCode::EntryRefused => {
                    self.look_into(target, None);
                }
                Some(Err(problem)) => self.failed.set(Some(problem)),
                None => {}
            }
        });
    }

    /// Shows the folder above.
    pub(super) fn open_parent(self) {
        let path = self
            .folder
            .with_untracked(|it| it.as_ref().map(|it| parent(&it.path).to_owned()));
        if let Some(path) = path {
            self.open_folder(path);
        }
    }

    async fn show(self, path: String) {
        let Some(reply) = self.list(path.clone()).await else {
            return;
        };
        match reply {
            Ok(folder) => self.folder.set(Some(folder)),
            Err(problem) if problem.code == ProblemCode::NoSandbox => {
                self.state.set(Some(None));
                self.forget();
            }
            // The folder that was shown is gone: what is above it may be there.
            Err(problem) if problem.code == ProblemCode::EntryMissing && self.shows(&path) => {
                self.show_first().await;
            }
            Err(problem) => self.failed.set(Some(problem)),
        }
    }

    /// Shows the first folder that is there.
    async fn show_first(self) {
        for path in FIRST {
            match self.list(path.to_owned()).await {
                Some(Ok(folder)) => return self.folder.set(Some(folder)),
                Some(Err(problem)) if problem.code == ProblemCode::EntryMissing => {}
                Some(Err(problem)) => return self.failed.set(Some(problem)),
                None => return,
            }
        }
    }

    /// `None` when another folder was asked for meanwhile.
    async fn list(self, path: String) -> Option<Result<Folder, Problem>> {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        let configuration = self.panel.url();
        let reply = call(&ListFolder {
            configuration,
            path,
            at_most: self.at_most.get_value(),
        })
        .await;
        (self.asked.get_value() == number).then_some(reply)
    }

    fn shows(self, path: &str) -> bool {
        self.folder
            .with_untracked(|it| it.as_ref().is_some_and(|it| it.path == path))
    }

    /// Makes a folder in the one that is shown.
    pub(super) fn make_folder(self, name: &str) {
        let configuration = self.panel.url();
        let Some(path) = self.below(name) else { return };
        self.begin("Making the folder…", async move {
            call(&MakeFolder {
                configuration,
                path,
            })
            .await?;
            self.naming.set(None);
            self.refresh();
            Ok(())
        });
    }

    /// Gives an entry of the folder that is shown another name.
    pub(super) fn rename(self, from: String, name: &str) {
        let configuration = self.panel.url();
        let to = join(parent(&from), name);
        self.begin("Renaming…", async move {
            let rename = RenameEntry {
                configuration,
                from,
                to,
            };
            call(&rename).await?;
            self.naming.set(None);
            self.refresh();
            Ok(())
        });
    }

    /// Deletes an entry.
    pub(super) fn delete(self, path: String) {
        if let Some(covered) = self.panel.covered() {
            return self.failed.set(Some(covered));
        }
        let configuration = self.panel.url();
        self.begin("Deleting…", async move {
            call(&DeleteEntry {
                configuration,
                path,
            })
            .await?;
            self.opened.set(None);
            self.refresh();
            Ok(())
        });
    }

    /// A path in the folder that is shown.
    pub(super) fn below(self, name: &str) -> Option<String> {
        self.folder
            .with_untracked(|it| it.as_ref().map(|it| join(&it.path, name)))
    }

    /// Does something and tells how it ended.
    pub(super) fn begin(
        self,
        words: &str,
        work: impl Future<Output = Result<(), Problem>> + 'static,
    ) {
        self.failed.set(None);
        self.doing.set(Some(words.to_owned()));
        leptos::task::spawn_local(async move {
            let ended = work.await;
            self.doing.set(None);
            if let Err(problem) = ended {
                if problem.code == ProblemCode::NoSandbox {
                    self.refresh();
                }
                self.failed.set(Some(problem));
            }
        });
    }
}

fn is_there(upload: &messages::engine::UploadView) -> bool {
    upload.phase == UploadPhase::Stored
        && matches!(upload.sandbox, messages::engine::SandboxCopy::There { .. })
}
