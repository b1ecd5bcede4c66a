//! What the engine knows, and telling everyone about it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use messages::engine::{
    AdoptSandbox, Event, LogLine, OwnedSandbox, SandboxCopy, SandboxExtended, UploadView,
};
use messages::{Problem, ProblemCode};
use tokio::sync::{Notify, Semaphore};
use wasm_bindgen_futures::spawn_local;
use webext::blob::ReadBuffers;
use webext::port::Listeners;
use webext::runtime::Port;
use webext::timer;
use webext::turns::Turns;

use crate::run::{Ahead, Lease, Log, Run};
use crate::terminal::Terminals;
use crate::upload::{
    ATTACHED_TOGETHER, Attaching, Journal, Lots, Outgoings, PREPARED_LOTS, PREPARED_TOGETHER,
    Preparing, SENT_AFTER_MS, SENT_LOTS, SENT_TOGETHER, Upload,
};

/// Text of log lines in one message: a panel reads a message in a few milliseconds, and takes its
/// next breath between two of them.
pub(crate) const LOG_MESSAGE_BYTES: usize = 64 * 1024;

/// What a line takes in a message besides its text, in bytes.
pub(crate) const LINE_BYTES: usize = 48;

/// Parts in memory for their checksum. One is read while another is computed.
const DIGESTS: usize = 2;

/// How long changes of uploads are gathered, in milliseconds.
const GATHER_MS: u32 = 100;
/// The same while more than [`FEW`] uploads are on the list: each message has the panel laid out anew.
const GATHER_OF_MANY_MS: u32 = 300;
/// A list that fits on the screen.
const FEW: usize = 20;

/// Requests with a file's bytes at the same time. Over HTTP/1.1 Chrome opens six connections to a
/// host.
const SLOTS: usize = 6;
/// Files at the same time: enough to hide the preparing of small ones behind the sending of others.
const TURNS: usize = 48;

/// Everything that the engine owns.
///
/// Its semaphores are tokio's, which hand each permit to the next in line. Those of `async-lock` only
/// wake one that waits: of several permits that come back at once, all but one stay unused.
pub(crate) struct Engine {
    /// The last run of each configuration, by its key.
    pub(crate) runs: RefCell<BTreeMap<String, Rc<Run>>>,
    /// Every upload that was not removed, oldest first.
    pub(crate) uploads: RefCell<Vec<Rc<Upload>>>,
    /// What unfinished uploads need to go on after the browser was closed.
    pub(crate) journal: Rc<Journal>,
    /// The live sandbox of each configuration, by its key.
    pub(crate) leases: RefCell<BTreeMap<String, Rc<Lease>>>,
    /// Runners that wait for a press of Run, by the configuration's key.
    pub(crate) ahead: RefCell<BTreeMap<String, Ahead>>,
    /// Slots for requests with a file's bytes, shared by all uploads.
    pub(crate) slots: Arc<Semaphore>,
    /// Turns of files: how many are uploaded at the same time.
    pub(crate) turns: Arc<Semaphore>,
    /// How many Storage tokens were stored while the engine lived, by project.
    pub(crate) tokens: RefCell<BTreeMap<String, u32>>,
    /// Views of uploads that listeners have not been told of yet.
    changed: Rc<RefCell<Vec<UploadView>>>,
    /// Parts whose bytes may be in memory, for their checksum, at the same time.
    pub(crate) digests: Semaphore,
    /// What files are read through; let go when no upload is under way.
    pub(crate) buffers: ReadBuffers,
    /// Files on their way into the lists of inputs.
    pub(crate) attaching: Attaching,
    /// Files that wait for their entries in Storage.
    pub(crate) preparing: Preparing,
    /// Creations of sandboxes, by the configuration's key.
    pub(crate) creations: Turns,
    /// The terminal of each configuration's sandbox.
    pub(crate) terminals: Terminals,
    /// Openings of terminals, by the configuration's key.
    pub(crate) openings: Turns,
    /// Small files that wait for their request to a sandbox.
    pub(crate) lots: Lots,
    /// The line to the sandboxes, and what is compressed for it.
    pub(crate) outgoings: Outgoings,
    /// Something changed that may let what waits go on: a token was stored, a panel was opened.
    pub(crate) nudge: Notify,
    listeners: Rc<Listeners>,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            runs: RefCell::default(),
            uploads: RefCell::default(),
            journal: Rc::default(),
            leases: RefCell::default(),
            ahead: RefCell::default(),
            slots: Arc::new(Semaphore::new(SLOTS)),
            turns: Arc::new(Semaphore::new(TURNS)),
            tokens: RefCell::default(),
            changed: Rc::default(),
            digests: Semaphore::new(DIGESTS),
            buffers: ReadBuffers::default(),
            attaching: Attaching::of(ATTACHED_TOGETHER, 1),
            preparing: Preparing::of(PREPARED_TOGETHER, PREPARED_LOTS),
            creations: Turns::default(),
            terminals: Terminals::default(),
            openings: Turns::default(),
            lots: Lots::of(SENT_TOGETHER, SENT_LOTS).gathered_for(SENT_AFTER_MS),
            outgoings: Outgoings::default(),
            nudge: Notify::new(),
            listeners: Rc::default(),
        }
    }
}

impl Engine {
    /// Tells a new listener how things stand; the logs follow in messages of their own.
    pub(crate) fn listen(&self, port: Port) {
        self.nudge.notify_waiters();
        let runs: Vec<Rc<Run>> = self.runs.borrow().values().cloned().collect();
        // What the new one is shown must not come again.
        for run in &runs {
            Log::tell_all(self, run);
        }
        let snapshot = Event::Snapshot {
            runs: runs.iter().map(|run| run.view()).collect(),
            uploads: self
                .uploads
                .borrow()
                .iter()
                .map(|upload| upload.view())
                .collect(),
            logs: Vec::new(),
        };
        let mut messages = vec![encode(&snapshot)];
        for run in &runs {
            messages.extend(log_messages(run.id(), run.log_lines()).map(|event| encode(&event)));
        }
        self.listeners.add(port, &messages);
    }

    /// Tells every listener.
    pub(crate) fn publish(&self, event: &Event) {
        if !self.listeners.is_empty() {
            self.listeners.send(&encode(event));
        }
    }

    /// Tells every listener about an upload, gathered with what else changes in the next moment: a
    /// thousand small files would be many thousand messages.
    pub(crate) fn publish_upload(&self, view: UploadView) {
        let mut changed = self.changed.borrow_mut();
        if let Some(known) = changed.iter_mut().find(|it| it.upload == view.upload) {
            *known = view;
            return;
        }
        changed.push(view);
        if changed.len() > 1 {
            return;
        }
        let (changed, listeners) = (self.changed.clone(), self.listeners.clone());
        let many = self.uploads.borrow().len() > FEW;
        let wait = if many { GATHER_OF_MANY_MS } else { GATHER_MS };
        spawn_local(async move {
            timer::sleep_ms(wait).await;
            let views = changed.take();
            if !listeners.is_empty() && !views.is_empty() {
                listeners.send(&encode(&Event::Uploads(views)));
            }
        });
    }

    /// Tells every listener about new lines of a run's log.
    pub(crate) fn publish_log(&self, run: &str, lines: Vec<LogLine>) {
        for event in log_messages(run, lines) {
            self.publish(&event);
        }
    }

    /// The sandbox of the configuration's earlier runs, if there is enough life in it.
    pub(crate) fn live_lease(&self, configuration: &str) -> Option<Rc<Lease>> {
        let lease = self.leases.borrow().get(configuration).cloned();
        lease.filter(|lease| lease.lives())
    }

    /// Whether a run of the configuration goes on.
    pub(crate) fn is_running(&self, configuration: &str) -> bool {
        let runs = self.runs.borrow();
        runs.get(configuration).is_some_and(|run| !run.is_over())
    }

    /// Whether a sandbox of the configuration holds what nobody has a copy of: files that went straight
    /// into it, or a terminal.
    pub(crate) fn holds_own(&self, configuration: &str, sandbox: &str) -> bool {
        let terminals = self.terminals.borrow();
        let terminal = terminals.get(configuration);
        terminal.is_some_and(|it| it.is_in(sandbox))
            || self
                .uploads
                .borrow()
                .iter()
                .any(|upload| upload.is_straight_in(sandbox))
    }

    /// The run with this id.
    pub(crate) fn run(&self, id: &str) -> Option<Rc<Run>> {
        self.runs
            .borrow()
            .values()
            .find(|run| run.id() == id)
            .cloned()
    }

    /// The upload with this id.
    pub(crate) fn upload(&self, id: &str) -> Option<Rc<Upload>> {
        self.uploads
            .borrow()
            .iter()
            .find(|upload| upload.id() == id)
            .cloned()
    }

    /// After an upload has ended: when it was the last one, what files were read through is dropped, and
    /// everybody is told at once.
    pub(crate) fn upload_ended(&self) {
        if self.uploads.borrow().iter().any(|it| it.is_under_way()) {
            return;
        }
        self.buffers.clear();
        let views = self.changed.take();
        if !views.is_empty() {
            self.publish(&Event::Uploads(views));
        }
    }

    /// Takes an upload off the list.
    pub(crate) fn take_off(&self, upload: &str) {
        self.uploads
            .borrow_mut()
            .retain(|other| other.id() != upload);
        self.changed.borrow_mut().retain(|it| it.upload != upload);
        self.publish(&Event::UploadRemoved {
            upload: upload.to_owned(),
        });
    }

    /// Marks what lived in a sandbox that is gone: its lease, the run's sandbox, the file copies.
    pub(crate) fn forget_sandbox(&self, sandbox: &str) {
        let mut concerned = BTreeSet::new();
        self.leases.borrow_mut().retain(|configuration, lease| {
            let stays = lease.access.id != sandbox;
            if !stays {
                concerned.insert(configuration.clone());
            }
            stays
        });
        let runs: Vec<Rc<Run>> = self.runs.borrow().values().cloned().collect();
        for run in runs {
            let here = run.change(|view| match &mut view.sandbox {
                Some(known) if known.id == sandbox => {
                    known.gone = true;
                    true
                }
                _ => false,
            });
            if here {
                self.publish(&Event::Run(run.view()));
                concerned.insert(run.view().configuration);
            }
        }
        // What is told of copies is told of the sandbox that later runs use.
        concerned.retain(|configuration| !self.leases.borrow().contains_key(configuration));
        for configuration in concerned {
            self.copies_are_gone(
                &configuration,
                "Its sandbox has ended, and the file with it.",
            );
        }
    }

    /// The sandboxes that later runs would use, and those that runs are in.
    pub(crate) fn owned_sandboxes(&self) -> Vec<OwnedSandbox> {
        let leases = self.leases.borrow();
        let runs = self.runs.borrow();
        let running = runs.values().filter(|run| !run.is_over());
        let running = running.filter_map(|run| run.view().sandbox);
        let for_one_run = running
            .filter(|it| leases.values().all(|lease| lease.access.id != it.id))
            .map(|it| OwnedSandbox {
                id: it.id,
                busy: true,
            });
        leases
            .iter()
            .map(|(configuration, lease)| OwnedSandbox {
                id: lease.access.id.clone(),
                busy: self.is_running(configuration),
            })
            .chain(for_one_run)
            .collect()
    }

    /// Keeps a sandbox for the next run of a configuration.
    pub(crate) fn adopt_sandbox(&self, call: AdoptSandbox) {
        let key = call.configuration.key();
        let lease = Rc::new(Lease::found(call.access));
        self.leases.borrow_mut().insert(key, lease);
    }

    /// A sandbox lives longer than was known.
    pub(crate) fn sandbox_extended(&self, call: &SandboxExtended) {
        let leases = self.leases.borrow();
        for lease in leases.values().filter(|it| it.access.id == call.id) {
            lease.extended(call.ends_at);
        }
        for run in self.runs.borrow().values() {
            let here = run.view().sandbox.is_some_and(|it| it.id == call.id);
            if here {
                run.lives_until(call.ends_at);
                self.publish(&Event::Run(run.view()));
            }
        }
    }

    /// The same of a lease, which may be kept by no configuration any more.
    pub(crate) fn lease_extended(&self, lease: &Lease, ends_at: u64) {
        lease.extended(ends_at);
        self.sandbox_extended(&SandboxExtended {
            id: lease.access.id.clone(),
            ends_at,
        });
    }

    /// Forgets every sandbox, because another service comes into force; its id is what is left of it.
    ///
    /// # Errors
    /// `ServiceInUse` while a run, an upload into one of them or a terminal goes on.
    pub(crate) fn forget_all_sandboxes(&self) -> Result<Vec<String>, Problem> {
        let runs = self.runs.borrow().values().any(|run| !run.is_over());
        let uploads = self.uploads.borrow();
        let mut uploads = uploads.iter();
        let uploads = uploads.any(|it| it.is_under_way() && it.view().straight_to.is_some());
        let terminals = self.terminals.borrow().values().any(|it| !it.is_over());
        if runs || uploads || terminals {
            return Err(ProblemCode::ServiceInUse.into());
        }
        // Their runners end with the sandboxes.
        self.ahead.borrow_mut().clear();
        let leases = self.leases.borrow();
        let kept: Vec<String> = leases
            .values()
            .map(|lease| lease.access.id.clone())
            .collect();
        drop(leases);
        for id in &kept {
            self.forget_sandbox(id);
        }
        Ok(kept)
    }

    /// Files that were in a sandbox that the next run will not use come again with it, those of which Storage
    /// has a copy; of the others `note` says what became of them.
    pub(crate) fn copies_are_gone(&self, configuration: &str, note: &str) {
        let uploads: Vec<Rc<Upload>> = self.uploads.borrow().clone();
        for upload in uploads {
            let view = upload.view();
            if view.configuration == configuration
                && matches!(
                    view.sandbox,
                    SandboxCopy::There { .. } | SandboxCopy::Failed(_)
                )
            {
                upload.change(|view| match view.straight_to {
                    None => view.sandbox = SandboxCopy::NextRun,
                    Some(_) => {
                        view.sandbox = SandboxCopy::None;
                        view.note = Some(note.to_owned());
                    }
                });
                self.publish_upload(upload.view());
            }
        }
    }
}

fn encode(event: &Event) -> String {
    // An event holds texts and numbers only, which serde_json always writes.
    serde_json::to_string(event).unwrap_or_default()
}

/// Lines of a run, cut into messages of a bounded size.
fn log_messages(run: &str, lines: Vec<LogLine>) -> impl Iterator<Item = Event> + use<> {
    let run = run.to_owned();
    let mut lines = lines.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut part = Vec::new();
        while bytes < LOG_MESSAGE_BYTES
            && let Some(line) = lines.next()
        {
            bytes += line.text.len() + LINE_BYTES;
            part.push(line);
        }
        (!part.is_empty()).then(|| Event::Log {
            run: run.clone(),
            lines: part,
        })
    })
}
