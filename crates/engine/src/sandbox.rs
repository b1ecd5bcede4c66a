//! A sandbox for what is not a run: looking at files, and files that go straight into it. It is the
//! one that the next run uses.

use std::rc::Rc;

use e2b::{Envd, EnvdError};
use futures::channel::oneshot;
use messages::engine::{LiveSandbox, LookAtSandbox, SandboxState, SandboxUsage, StartSandbox};
use messages::worker::{ConnectSandbox, CreateSandbox, ReadSettings, Secret};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::fetch::Fetch;

use crate::problems::{self, new_id};
use crate::run::{self, Lease};
use crate::state::Engine;

/// Life that is asked for where only the way in is wanted: less than every sandbox in use has, so that
/// nothing is moved on, and the least that every service takes.
const NO_LONGER_SECONDS: u32 = 30;

/// The configuration's live sandbox, if it still fits the settings; else a new one.
///
/// # Errors
/// What kept it from being created.
pub(crate) async fn ensure(
    engine: &Rc<Engine>,
    configuration: &ConfigurationUrl,
) -> Result<Rc<Lease>, Problem> {
    if let Some(lease) = fitting(engine, &configuration.key()) {
        return Ok(lease);
    }
    let (sender, receiver) = oneshot::channel();
    let (engine, configuration) = (engine.clone(), configuration.clone());
    // Whoever asked may not wait for it any more; it has an owner all the same.
    spawn_local(async move {
        let _ = sender.send(made(&engine, &configuration).await);
    });
    let broken = || Err(Problem::with(ProblemCode::Internal, "the new sandbox"));
    receiver.await.unwrap_or_else(|_| broken())
}

/// The live sandbox, if it was held against the settings a moment ago.
fn fitting(engine: &Engine, key: &str) -> Option<Rc<Lease>> {
    let lease = engine.live_lease(key);
    lease.filter(|lease| lease.fitted_lately())
}

async fn made(engine: &Rc<Engine>, configuration: &ConfigurationUrl) -> Result<Rc<Lease>, Problem> {
    let key = configuration.key();
    // A hundred files make one sandbox, and so do a file and a run.
    let turn = engine.creations.of(&key);
    let _one_at_a_time = turn.lock().await;
    if let Some(lease) = fitting(engine, &key) {
        return Ok(lease);
    }
    if let Some(lease) = engine.live_lease(&key) {
        let configuration = configuration.clone();
        let settings = call(&ReadSettings { configuration }).await?;
        if engine.is_running(&key) || lease.serves(&settings) {
            lease.fits_now();
            return Ok(lease);
        }
        run::set_aside(engine, &key, &lease);
    }
    let request = CreateSandbox {
        configuration: configuration.clone(),
        run: new_id(),
        again: false,
    };
    let lease = Rc::new(Lease::created(call(&request).await?));
    engine.leases.borrow_mut().insert(key, lease.clone());
    lease.envd()?.wait_until_open().await;
    Ok(lease)
}

/// The configuration's live sandbox.
///
/// # Errors
/// `NoSandbox`.
pub(crate) fn live(
    engine: &Engine,
    configuration: &ConfigurationUrl,
) -> Result<Rc<Lease>, Problem> {
    let lease = engine.live_lease(&configuration.key());
    lease.ok_or_else(|| ProblemCode::NoSandbox.into())
}

/// Asks a sandbox; once more with the token that is in force when it refuses the one it had.
///
/// # Errors
/// What it says.
pub(crate) async fn ask<T>(
    lease: &Lease,
    question: impl AsyncFn(Envd<'static, Fetch>) -> Result<T, EnvdError>,
) -> Result<T, EnvdError> {
    entering(lease, question).await
}

/// A failure that may be a refused token.
pub(crate) trait MaybeRefused: From<EnvdError> {
    /// Whether it is.
    fn is_token_refused(&self) -> bool;
}

impl MaybeRefused for EnvdError {
    fn is_token_refused(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }
}

/// [`ask`] for work that fails in more ways than a sandbox's answers.
///
/// # Errors
/// What the work says.
pub(crate) async fn entering<T, E: MaybeRefused>(
    lease: &Lease,
    work: impl AsyncFn(Envd<'static, Fetch>) -> Result<T, E>,
) -> Result<T, E> {
    let envd = || {
        let unusable = |problem: Problem| EnvdError::UnexpectedReply {
            what: problem.detail.unwrap_or_default(),
        };
        lease.envd().map_err(unusable)
    };
    let token = lease.token();
    match work(envd()?).await {
        Err(error) if error.is_token_refused() && renew(lease, token).await => work(envd()?).await,
        done => done,
    }
}

/// The sandbox refused this token: asks the service for the one that is in force. Whether it is another.
pub(crate) async fn renew(lease: &Lease, refused: Option<Secret>) -> bool {
    let _one = lease.renewing.lock().await;
    if lease.token() != refused {
        return true;
    }
    let connect = ConnectSandbox {
        id: lease.access.id.clone(),
        seconds: NO_LONGER_SECONDS,
    };
    match call(&connect).await {
        Ok(access) => lease.renew(access.token),
        Err(_) => false,
    }
}

/// Makes one, unless one lives.
pub(crate) async fn start(engine: &Rc<Engine>, call: StartSandbox) -> Result<LiveSandbox, Problem> {
    let lease = ensure(engine, &call.configuration).await?;
    Ok(view(&lease))
}

/// Tells of it.
pub(crate) async fn look(
    engine: &Engine,
    call: &LookAtSandbox,
) -> Result<Option<SandboxState>, Problem> {
    let Ok(lease) = live(engine, &call.configuration) else {
        return Ok(None);
    };
    let usage = match ask(&lease, async |envd| envd.usage().await).await {
        Ok(used) => Some(SandboxUsage {
            cpus: used.cpu_count,
            cpu_percent: used.cpu_used_pct,
            memory_used: used.mem_used,
            memory: used.mem_total,
            disk_used: used.disk_used,
            disk: used.disk_total,
        }),
        Err(error) => {
            if problems::envd(&error).code == ProblemCode::SandboxVanished {
                engine.forget_sandbox(&lease.access.id);
                return Ok(None);
            }
            None
        }
    };
    Ok(Some(SandboxState {
        sandbox: view(&lease),
        usage,
    }))
}

fn view(lease: &Lease) -> LiveSandbox {
    LiveSandbox {
        id: lease.access.id.clone(),
        ends_at: lease.ends_at(),
    }
}
