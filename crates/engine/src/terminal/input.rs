//! What is typed: one request at a time, so that no key overtakes another; what is typed meanwhile
//! goes together with the next.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use messages::engine::SandboxExtended;
use messages::worker::ExtendSandbox;
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::clock;

use super::Terminal;
use crate::state::Engine;

/// Life below which typing moves it on, in milliseconds.
const LOW_MS: u64 = 90_000;
/// Life that is asked for then, in seconds.
const LIFE_SECONDS: u32 = 300;

/// Bytes of one request: a pasted text may be long.
const MOST: usize = 64 * 1024;

/// What waits to be sent.
#[derive(Default)]
pub(super) struct Typed {
    waiting: RefCell<Vec<u8>>,
    sending: Cell<bool>,
}

/// Adds a text, and sends all that waits unless that goes on.
pub(super) fn type_in(engine: &Rc<Engine>, terminal: &Rc<Terminal>, text: String) {
    terminal
        .typed
        .waiting
        .borrow_mut()
        .extend(text.into_bytes());
    if terminal.typed.sending.replace(true) {
        return;
    }
    let (engine, terminal) = (engine.clone(), terminal.clone());
    spawn_local(async move {
        while let Some(bytes) = next(&terminal) {
            let Ok(envd) = terminal.lease.envd() else {
                break;
            };
            if let Err(error) = envd.type_in(&terminal.selector(), &bytes).await
                && !error.is_transient()
            {
                terminal.end(&engine, format!("The terminal was lost: {error}."));
                break;
            }
            live_on(&engine, &terminal).await;
        }
        terminal.typed.sending.set(false);
    });
}

fn next(terminal: &Terminal) -> Option<Vec<u8>> {
    let mut waiting = terminal.typed.waiting.borrow_mut();
    let bytes = waiting.len().min(MOST);
    (bytes > 0).then(|| waiting.drain(..bytes).collect())
}

/// A sandbox in which somebody types does not end under their hands. One that is only looked at does:
/// it costs.
async fn live_on(engine: &Engine, terminal: &Terminal) {
    let lease = &terminal.lease;
    if lease.ends_at() > clock::unix_ms() + LOW_MS || !lease.begin_extending() {
        return;
    }
    let extended = call(&ExtendSandbox {
        id: lease.access.id.clone(),
        seconds: LIFE_SECONDS,
    })
    .await;
    lease.end_extending();
    if let Ok(ends_at) = extended {
        engine.sandbox_extended(&SandboxExtended {
            id: lease.access.id.clone(),
            ends_at,
        });
    }
}
