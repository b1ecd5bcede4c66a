//! A runner that is started before Run is pressed: when the pointer is over the button, in the
//! sandbox of an earlier run. It waits for its plan, so that the person waits less. When no press
//! comes, it is ended again.

use std::rc::Rc;

use futures::channel::oneshot;
use messages::Problem;
use messages::engine::PrepareRun;
use wasm_bindgen_futures::spawn_local;
use webext::timer;

use super::Lease;
use super::in_sandbox::Started;
use crate::problems::new_id;
use crate::state::Engine;

/// How long a press is waited for, in milliseconds. The runner itself would wait ten minutes.
const PATIENCE_MS: u32 = 20_000;

/// A runner that waits for a press of Run, or is being started.
pub(crate) struct Ahead {
    /// Id of the run that it will be.
    pub(crate) run: String,
    /// Where it is.
    pub(crate) lease: Rc<Lease>,
    started: oneshot::Receiver<Result<Started, Problem>>,
}

/// Starts the runner of the configuration's next run, unless one goes on, one waits already, or
/// there is no sandbox.
pub(crate) fn prepare(engine: &Rc<Engine>, call: &PrepareRun) {
    let key = call.configuration.key();
    let busy = engine
        .runs
        .borrow()
        .get(&key)
        .is_some_and(|run| !run.is_over());
    if busy || engine.ahead.borrow().contains_key(&key) {
        return;
    }
    let Some(lease) = engine.live_lease(&key) else {
        return;
    };
    let (sender, started) = oneshot::channel();
    let run = new_id();
    let ahead = Ahead {
        run: run.clone(),
        lease: lease.clone(),
        started,
    };
    engine.ahead.borrow_mut().insert(key.clone(), ahead);
    {
        let run = run.clone();
        spawn_local(async move {
            let started = Started::ahead(&run, &lease).await;
            if let Err(Ok(unwanted)) = sender.send(started) {
                unwanted.abandon(&lease);
            }
        });
    }
    let engine = engine.clone();
    spawn_local(async move {
        timer::sleep_ms(PATIENCE_MS).await;
        let mut all = engine.ahead.borrow_mut();
        if all.get(&key).is_some_and(|ahead| ahead.run == run)
            && let Some(unused) = all.remove(&key)
        {
            unused.end();
        }
    });
}

impl Ahead {
    /// The runner that waits for this configuration's run, if it is still of use.
    pub(super) fn take(engine: &Engine, key: &str) -> Option<Self> {
        let ahead = engine.ahead.borrow_mut().remove(key)?;
        let live = engine.live_lease(key);
        if live.is_some_and(|lease| Rc::ptr_eq(&lease, &ahead.lease)) {
            return Some(ahead);
        }
        ahead.end();
        None
    }

    /// The runner, once it has started; nothing when it could not be.
    pub(super) async fn started(self) -> Option<Started> {
        self.started.await.ok()?.ok()
    }

    fn end(self) {
        let lease = self.lease.clone();
        spawn_local(async move {
            if let Some(started) = self.started().await {
                started.abandon(&lease);
            }
        });
    }
}
