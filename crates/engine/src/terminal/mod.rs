//! The terminal of a configuration's sandbox: one shell, which goes on while no panel shows it.

mod input;
mod output;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2b::{EnvdError, Pid, Selector, Signal, TerminalSize};
use messages::engine::{
    EndTerminal, Event, OpenTerminal, OpenedTerminal, ResizeTerminal, TypeIntoTerminal,
};
use messages::worker::ReadSettings;
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;

use self::input::Typed;
use self::output::Shown;
use crate::problems::{self, new_id};
use crate::run::Lease;
use crate::sandbox::ensure;
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
    let lease = ensure(engine, &call.configuration).await?;
    let key = call.configuration.key();
    let known = engine.terminals.borrow().get(&key).cloned();
    if let Some(terminal) = known
        && !terminal.over.get()
        && terminal.lease.access.id == lease.access.id
    {
        let envd = lease.envd()?;
        match envd.resize(&terminal.selector(), size).await {
            Ok(()) => return Ok(opened(&terminal)),
            Err(error) => terminal.end(engine, error.to_string()),
        }
    }
    let envd = lease.envd()?;
    let id = new_id();
    let tag = format!("kbc-e2b-terminal-{id}");
    // As in a run; a terminal without them is better than none.
    let read = ReadSettings {
        configuration: call.configuration.clone(),
    };
    let settings = webext::calls::call(&read).await;
    let environment = settings.map(|it| it.environment).unwrap_or_default();
    let events = envd.start_terminal(&tag, size, &environment).await;
    let events = events.map_err(|error| {
        let problem = problems::envd(&error);
        if problem.code == ProblemCode::SandboxVanished {
            engine.forget_sandbox(&lease.access.id);
        }
        problem
    })?;
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
    Ok(opened(&terminal))
}

fn opened(terminal: &Terminal) -> OpenedTerminal {
    OpenedTerminal {
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
pub(crate) fn type_in(engine: &Rc<Engine>, call: TypeIntoTerminal) {
    if let Some(terminal) = find(engine, &call.terminal) {
        input::type_in(engine, &terminal, call.text);
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
    let envd = terminal.lease.envd()?;
    let resized = envd.resize(&terminal.selector(), size).await;
    resized.map_err(|error| problems::envd(&error))
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
    let envd = terminal.lease.envd()?;
    match envd.send_signal(&terminal.selector(), Signal::Kill).await {
        Ok(()) | Err(EnvdError::NotFound { .. } | EnvdError::SandboxGone) => {
            terminal.end(engine, "The terminal was ended.");
            Ok(())
        }
        Err(error) => Err(problems::envd(&error)),
    }
}
