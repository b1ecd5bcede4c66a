//! What is typed: one request at a time, so that no key overtakes another; what is typed meanwhile
//! goes together with the next.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use e2b::EnvdError;
use messages::worker::ExtendSandbox;
use wasm_bindgen_futures::spawn_local;
use webext::calls::call;
use webext::{clock, timer};

use super::{Terminal, output};
use crate::sandbox;
use crate::state::Engine;

/// Life below which typing moves it on, in milliseconds.
const LOW_MS: u64 = 90_000;
/// Life that is asked for then, in seconds.
pub(super) const LIFE_SECONDS: u32 = 300;

/// Waits before each try of what the sandbox did not take, in milliseconds.
const TRIES_MS: [u32; 4] = [500, 1_000, 3_000, 10_000];

/// Longest wait that a sandbox may ask for, in milliseconds.
const LONGEST_MS: u32 = 30_000;

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
            match send(&terminal, &bytes).await {
                Ok(()) => {}
                // What came of it is not known, and nothing is typed twice.
                Err(error) if error.is_transient() => {
                    let words =
                        format!("\r\n[not all of what was typed may be there: {error}]\r\n");
                    output::tell(&engine, &terminal, words.as_bytes());
                }
                Err(error) => {
                    terminal.end(&engine, format!("The terminal was lost: {error}."));
                    break;
                }
            }
            live_on(&engine, &terminal).await;
        }
        terminal.typed.sending.set(false);
    });
}

/// Sends it, again where the sandbox refused it for a while.
async fn send(terminal: &Terminal, bytes: &[u8]) -> Result<(), EnvdError> {
    let shell = terminal.selector();
    let mut waits = TRIES_MS.into_iter();
    loop {
        let typed = sandbox::ask(&terminal.lease, async |envd| {
            envd.type_in(&shell, bytes).await
        });
        let error = match typed.await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let refused = matches!(
            error,
            EnvdError::RateLimited { .. } | EnvdError::Unavailable { .. } | EnvdError::PortNotOpen
        );
        let Some(wait) = waits.next().filter(|_| refused) else {
            return Err(error);
        };
        let asked = error.retry_after().map(|it| it.as_millis());
        let asked = asked.and_then(|it| u32::try_from(it).ok());
        timer::sleep_ms(asked.map_or(wait, |it| it.clamp(wait, LONGEST_MS))).await;
    }
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
    if lease.ends_at() > clock::unix_ms() + LOW_MS {
        return;
    }
    let Some(_extending) = lease.extending() else {
        return;
    };
    let extended = call(&ExtendSandbox {
        id: lease.access.id.clone(),
        seconds: LIFE_SECONDS,
    })
    .await;
    if let Ok(ends_at) = extended {
        engine.lease_extended(lease, ends_at);
    }
}
