//! The terminal of a configuration's sandbox: one shell, which goes on while no panel shows it.

mod input;
mod output;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2b::{EnvdError, Pid, ProcessEvents, Selector, Signal, TerminalSize};
use messages::engine::{
    EndTerminal, Event, OpenTerminal, OpenedTerminal, ResizeTerminal, TypeIntoTerminal,
};
use messages::worker::{ConnectSandbox, ReadSettings};
use messages::{Problem, ProblemCode};
use transport::Http;
use wasm_bindgen_futures::spawn_local;
use webext::fetch::Fetch;

use self::input::Typed;
use self::output::Shown;
use crate::problems::{self, new_id};
use crate::run::Lease;
use crate::sandbox::{self, ensure};
use crate::state::Engine;

/// A terminal.
pub(crate) struct Terminal {
    id: String,
    lease: Rc<Lease>,
    pid: Pid,
    shown: RefCell<Shown>,
    typed: Typed,
    over: Cell<bool>,
}

/// The terminals by the configuration's key, the ended ones, too.
pub(crate) type Terminals = RefCell<BTreeMap<String, Rc<Terminal>>>;

impl Terminal {
    /// Whether its shell has ended, or its sandbox.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Whether it goes on in this sandbox.
    pub(crate) fn is_in(&self, sandbox: &str) -> bool {
        !self.is_over() && self.lease.access.id == sandbox
    }

    fn selector(&self) -> Selector {
        Selector::Pid(self.pid)
    }

    fn end(&self, engine: &Engine, why: impl Into<String>) {
        if !self.over.replace(true) {
            engine.publish(&Event::TerminalEnded {
                terminal: self.id.clone(),
                why: why.into(),
            });
        }
    }
}

/// Opens it.
///
/// # Errors
/// What keeps a sandbox from being made; `SandboxVanished`, `SandboxBroken`.
pub(crate) async fn open(
    engine: &Rc<Engine>,
    call: OpenTerminal,
) -> Result<OpenedTerminal, Problem> {
    let size = TerminalSize {
        columns: call.columns,
        rows: call.rows,
    };
    let key = call.configuration.key();
    // Of two panels the second finds the shell of the first.
    let turn = engine.openings.of(&key);
    let _one_at_a_time = turn.lock().await;
    let lease = match &call.again {
        Some(sandbox) => found(engine, &key, sandbox).await?,
        None => ensure(engine, &call.configuration).await?,
    };
    let known = engine.terminals.borrow().get(&key).cloned();
    if let Some(terminal) = known
        && !terminal.over.get()
        && terminal.lease.access.id == lease.access.id
    {
        let shell = terminal.selector();
        let resized = sandbox::ask(&lease, async |envd| envd.resize(&shell, size).await);
        match resized.await {
            // Its size does not matter as much as it does.
            Ok(()) => return Ok(opened(&terminal)),
            Err(error) if error.is_transient() => return Ok(opened(&terminal)),
            Err(error) => terminal.end(engine, error.to_string()),
        }
    }
    if let Some(joined) = join_earlier(engine, &key, &lease, size).await? {
        return Ok(joined);
    }
    if call.again.is_some() {
        return Err(ProblemCode::TerminalLost.into());
    }
    let id = new_id();
    let tag = format!("{TAG}{id}");
    // As in a run; a terminal without them is better than none.
    let read = ReadSettings {
        configuration: call.configuration.clone(),
    };
    let settings = webext::calls::call(&read).await;
    let environment = settings.map(|it| it.environment).unwrap_or_default();
    let started = sandbox::ask(&lease, async |envd| {
        envd.start_terminal(&tag, size, &environment).await
    });
    let events = started
        .await
        .map_err(|error| told(engine, &lease, &error))?;
    Ok(opened(&begin(engine, key, lease, id, events)))
}

/// What stands before a terminal's id in the tag of its shell.
const TAG: &str = "kbc-e2b-terminal-";

/// The sandbox in which a terminal was that an earlier engine held.
async fn found(engine: &Engine, key: &str, sandbox: &str) -> Result<Rc<Lease>, Problem> {
    let lease = engine.live_lease(key);
    if let Some(lease) = lease.filter(|it| it.access.id == sandbox) {
        return Ok(lease);
    }
    let connect = ConnectSandbox {
        id: sandbox.to_owned(),
        seconds: input::LIFE_SECONDS,
    };
    let lease = Rc::new(Lease::found(webext::calls::call(&connect).await?));
    let mut leases = engine.leases.borrow_mut();
    leases.entry(key.to_owned()).or_insert(lease.clone());
    Ok(lease)
}

/// Joins the shell of an earlier engine, which goes on in the sandbox.
async fn join_earlier(
    engine: &Rc<Engine>,
    key: &str,
    lease: &Rc<Lease>,
    size: TerminalSize,
) -> Result<Option<OpenedTerminal>, Problem> {
    let joined = sandbox::ask(lease, async |envd| {
        let shells = envd.list().await?.into_iter();
        let mut shells = shells.filter_map(|it| {
            let id = it.tag?.strip_prefix(TAG)?.to_owned();
            Some((it.pid, id))
        });
        let Some((pid, id)) = shells.next_back() else {
            return Ok(None);
        };
        let shell = Selector::Pid(pid);
        match envd.connect(&shell).await {
            Ok(events) => {
                envd.resize(&shell, size).await?;
                Ok(Some((id, events)))
            }
            Err(EnvdError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let joined = joined.await.map_err(|error| told(engine, lease, &error))?;
    Ok(joined.map(|(id, events)| {
        let terminal = begin(engine, key.to_owned(), lease.clone(), id, events);
        output::tell(engine, &terminal, output::MISSING.as_bytes());
        OpenedTerminal {
            joined: true,
            ..opened(&terminal)
        }
    }))
}

fn told(engine: &Engine, lease: &Lease, error: &EnvdError) -> Problem {
    let problem = problems::envd(error);
    if problem.code == ProblemCode::SandboxVanished {
        engine.forget_sandbox(&lease.access.id);
    }
    problem
}

fn begin(
    engine: &Rc<Engine>,
    key: String,
    lease: Rc<Lease>,
    id: String,
    events: ProcessEvents<<Fetch as Http>::Body>,
) -> Rc<Terminal> {
    let terminal = Rc::new(Terminal {
        id,
        lease,
        pid: events.pid,
        shown: RefCell::default(),
        typed: Typed::default(),
        over: Cell::new(false),
    });
    engine.terminals.borrow_mut().insert(key, terminal.clone());
    let (engine, own) = (engine.clone(), terminal.clone());
    spawn_local(async move { output::follow(&engine, &own, events).await });
    terminal
}

fn opened(terminal: &Terminal) -> OpenedTerminal {
    OpenedTerminal {
        joined: false,
        sandbox: terminal.lease.access.id.clone(),
        terminal: terminal.id.clone(),
        shown: STANDARD.encode(terminal.shown.borrow().bytes()),
        so_far: terminal.shown.borrow().so_far(),
    }
}

fn find(engine: &Engine, id: &str) -> Option<Rc<Terminal>> {
    let terminals = engine.terminals.borrow();
    let found = terminals.values().find(|it| it.id == id);
    found.filter(|it| !it.over.get()).cloned()
}

/// Types into it. What is typed into a terminal that has ended is lost, which its end told.
///
/// # Errors
/// `TerminalLost` for one of an earlier engine: [`open`] finds it again.
pub(crate) fn type_in(engine: &Rc<Engine>, call: TypeIntoTerminal) -> Result<(), Problem> {
    if let Some(terminal) = find(engine, &call.terminal) {
        input::type_in(engine, &terminal, call.text);
        return Ok(());
    }
    let terminals = engine.terminals.borrow();
    match terminals.values().any(|it| it.id == call.terminal) {
        true => Ok(()),
        false => Err(ProblemCode::TerminalLost.into()),
    }
}

/// Gives it another size.
///
/// # Errors
/// What the sandbox says.
pub(crate) async fn resize(engine: &Engine, call: &ResizeTerminal) -> Result<(), Problem> {
    let Some(terminal) = find(engine, &call.terminal) else {
        return Ok(());
    };
    let size = TerminalSize {
        columns: call.columns,
        rows: call.rows,
    };
    let shell = terminal.selector();
    let resized = sandbox::ask(&terminal.lease, async |envd| {
        envd.resize(&shell, size).await
    });
    resized.await.map_err(|error| problems::envd(&error))
}

/// Ends it.
///
/// # Errors
/// What the sandbox says.
pub(crate) async fn end(engine: &Engine, call: &EndTerminal) -> Result<(), Problem> {
    let Some(terminal) = find(engine, &call.terminal) else {
        return Ok(());
    };
    // The shell leads the session of its terminal; what it started ends with the terminal.
    let shell = terminal.selector();
    let killed = sandbox::ask(&terminal.lease, async |envd| {
        envd.send_signal(&shell, Signal::Kill).await
    });
    match killed.await {
        Ok(()) | Err(EnvdError::NotFound { .. } | EnvdError::SandboxGone) => {
            terminal.end(engine, "The terminal was ended.");
            Ok(())
        }
        Err(error) => Err(problems::envd(&error)),
    }
}
