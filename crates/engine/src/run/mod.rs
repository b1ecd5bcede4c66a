//! One run: from the press of Run to its end, whatever happens to the panel meanwhile.
//!
//! [`attempt`] is the way through it, [`report`] what is told of it, [`log`] its output. A run
//! belongs to its configuration: there is one at a time, and the last one stays to be looked at.

mod ahead;
mod attempt;
mod begin;
mod cover;
mod follow;
mod in_sandbox;
mod inputs;
mod keep_alive;
mod lease;
mod log;
mod outcome;
mod patience;
mod recall;
mod report;
mod runner;
mod stop;
mod surely_ended;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use messages::engine::{
    Event, LogLine, RunOf, RunPhase, RunSandbox, RunStarted, RunView, StartRun, StopRun,
};
use messages::worker::{Lengthened, RunNote, RunPlace};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use tokio::sync::Mutex;
use wasm_bindgen_futures::spawn_local;
use webext::clock;

use crate::problems::new_id;
use crate::state::Engine;

pub(crate) use ahead::{Ahead, prepare};
pub(crate) use attempt::set_aside;
pub(crate) use follow::{EVENTS_PART, EVENTS_SILENCE_MS};
pub(crate) use keep_alive::keep_alive;
pub(crate) use lease::Lease;
pub(crate) use log::Log;
pub(crate) use patience::patient;
pub(crate) use recall::recall;
pub(crate) use runner::{DATA, bundle, events_of, folder};

/// A run of a configuration.
pub(crate) struct Run {
    id: String,
    pub(crate) configuration: ConfigurationUrl,
    began: f64,
    view: RefCell<RunView>,
    log: log::Log,
    stop: stop::Stop,
    ahead: Cell<Option<Ahead>>,
    telling: Cell<report::Telling>,
    /// Whether it began under a former engine.
    recalled: bool,
    /// Whether the place where it is was noted down.
    has_place: Cell<bool>,
    /// Whether its runner may have its plan: from then on the run is never started over by itself.
    may_have_begun: Cell<bool>,
    /// Whether its sandbox is being connected again, and that was told.
    connecting: Cell<bool>,
    /// What was added to its sandbox's life.
    lengthened: Cell<Option<Lengthened>>,
    /// Held while something is being added.
    lengthening: Arc<Mutex<()>>,
    /// Whether its note stays when it is over, because its sandbox is still to be ended.
    is_left: Cell<bool>,
    /// The sandbox in which the runner of a former engine waited.
    waited_in: RefCell<Option<String>>,
}

impl Run {
    /// A run that begins now.
    fn new(id: String, request: StartRun, ahead: Option<Ahead>) -> Self {
        let StartRun { configuration, of } = request;
        Self {
            began: clock::now_ms(),
            view: RefCell::new(RunView {
                run: id.clone(),
                configuration: configuration.key(),
                name: None,
                of,
                started_at: clock::unix_ms(),
                phase: RunPhase::Running,
                steps: Vec::new(),
                sandbox: None,
                outputs: Vec::new(),
                first_log_ms: None,
            }),
            id,
            configuration,
            log: log::Log::default(),
            stop: stop::Stop::default(),
            ahead: Cell::new(ahead),
            telling: Cell::default(),
            recalled: false,
            has_place: Cell::new(false),
            may_have_begun: Cell::new(false),
            connecting: Cell::new(false),
            lengthened: Cell::new(None),
            lengthening: Arc::default(),
            is_left: Cell::new(false),
            waited_in: RefCell::default(),
        }
    }

    /// A run that began under a former engine.
    #[allow(clippy::cast_precision_loss)] // milliseconds of a run
    fn recalled(note: &RunNote) -> Self {
        let request = StartRun {
            configuration: note.configuration.clone(),
            of: note.of.clone(),
        };
        let run = Self::new(note.run.clone(), request, None);
        let age = clock::unix_ms().saturating_sub(note.started_at);
        run.change(|view| view.started_at = note.started_at);
        let place = note.place.as_ref();
        run.lengthened.set(place.and_then(|place| place.lengthened));
        Self {
            began: run.began - age as f64,
            recalled: true,
            ..run
        }
    }

    /// What a new engine needs to find it again.
    fn note(&self, place: Option<RunPlace>) -> RunNote {
        RunNote {
            configuration: self.configuration.clone(),
            run: self.id.clone(),
            place,
            started_at: self.view.borrow().started_at,
            of: self.of(),
            stopped: false,
        }
    }

    /// Its sandbox lives longer than was known.
    pub(crate) fn lives_until(&self, ends_at: u64) {
        self.change(|view| {
            if let Some(sandbox) = &mut view.sandbox {
                sandbox.ends_at = ends_at;
            }
        });
    }

    /// Tells which sandbox it is in.
    fn in_sandbox(&self, lease: &Lease) {
        let (id, ends_at) = (lease.access.id.clone(), lease.ends_at());
        self.change(|view| {
            view.sandbox = Some(RunSandbox {
                id,
                ends_at,
                gone: false,
            });
        });
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Which code it runs, and on which inputs.
    fn of(&self) -> RunOf {
        self.view.borrow().of.clone()
    }

    pub(crate) fn view(&self) -> RunView {
        self.view.borrow().clone()
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut RunView) -> T) -> T {
        change(&mut self.view.borrow_mut())
    }

    pub(crate) fn log_lines(&self) -> Vec<LogLine> {
        self.log.lines()
    }

    /// Milliseconds since the press of Run.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a duration
    fn elapsed_ms(&self) -> u32 {
        (clock::now_ms() - self.began).max(0.0) as u32
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.view.borrow().phase, RunPhase::Ended(_))
    }
}

/// Begins a run.
///
/// # Errors
/// `RunBusy` while one of the same configuration goes on.
pub(crate) fn start(engine: &Rc<Engine>, request: StartRun) -> Result<RunStarted, Problem> {
    let key = request.configuration.key();
    if engine
        .runs
        .borrow()
        .get(&key)
        .is_some_and(|run| !run.is_over())
    {
        return Err(ProblemCode::RunBusy.into());
    }
    let ahead = Ahead::take(engine, &key);
    let id = ahead
        .as_ref()
        .map_or_else(new_id, |ahead| ahead.run.clone());
    let run = Rc::new(Run::new(id.clone(), request, ahead));
    engine.runs.borrow_mut().insert(key, run.clone());
    // Its first step tells of it.
    let engine = engine.clone();
    spawn_local(async move { attempt::run(&engine, &run).await });
    Ok(RunStarted { run: id })
}

/// Stops a run; one that has ended already is left as it is.
///
/// # Errors
/// `Internal` for an id that is not known.
pub(crate) fn stop(engine: &Rc<Engine>, request: &StopRun) -> Result<(), Problem> {
    let run = engine
        .run(&request.run)
        .ok_or_else(|| Problem::with(ProblemCode::Internal, "no such run"))?;
    if !run.is_over() {
        run.change(|view| view.phase = RunPhase::Stopping);
        engine.publish(&Event::Run(run.view()));
        run.stop.ask();
    }
    Ok(())
}
