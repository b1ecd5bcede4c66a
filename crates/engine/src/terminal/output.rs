//! What a terminal shows: told as it comes, and the last of it kept for a panel that opens later.

use std::collections::VecDeque;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2b::{EnvdError, ProcessEvent, ProcessEvents};
use futures::StreamExt;
use messages::engine::Event;
use transport::Http;
use webext::fetch::Fetch;
use webext::timer;

use super::Terminal;
use crate::sandbox;
use crate::state::Engine;

/// Bytes that are kept: some screens of text with their colours.
const KEPT: usize = 256 * 1024;

/// Waits before each try to join a broken stream again, in milliseconds.
const TRIES_MS: [u32; 7] = [100, 400, 1_000, 2_000, 4_000, 8_000, 15_000];

/// What stands where output is missing.
pub(super) const MISSING: &str =
    "\r\n[the connection broke; what was shown meanwhile is missing]\r\n";

/// The last of what was shown.
#[derive(Default)]
pub(super) struct Shown {
    last: VecDeque<u8>,
    so_far: u64,
}

impl Shown {
    fn add(&mut self, bytes: &[u8]) {
        self.so_far += bytes.len() as u64;
        self.last.extend(bytes);
        let surplus = self.last.len().saturating_sub(KEPT);
        self.last.drain(..surplus);
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.last.iter().copied().collect()
    }

    /// Bytes that were shown since it began.
    pub(super) fn so_far(&self) -> u64 {
        self.so_far
    }
}

/// Tells what is shown until the shell ends.
pub(super) async fn follow(
    engine: &Rc<Engine>,
    terminal: &Rc<Terminal>,
    mut events: ProcessEvents<<Fetch as Http>::Body>,
) {
    loop {
        match listen(engine, terminal, &mut events).await {
            Heard::Ended(why) => return terminal.end(engine, why),
            Heard::Broken => {}
        }
        match rejoin(terminal).await {
            Ok(joined) => {
                events = joined;
                tell(engine, terminal, MISSING.as_bytes());
            }
            Err(why) => return terminal.end(engine, why),
        }
    }
}

enum Heard {
    Ended(String),
    Broken,
}

async fn listen(
    engine: &Rc<Engine>,
    terminal: &Rc<Terminal>,
    events: &mut ProcessEvents<<Fetch as Http>::Body>,
) -> Heard {
    while let Some(event) = events.next().await {
        if terminal.is_over() {
            // Its shell may have been joined anew, by another one.
            return Heard::Ended(String::new());
        }
        match event {
            Ok(ProcessEvent::Terminal(bytes) | ProcessEvent::Stdout(bytes)) => {
                tell(engine, terminal, &bytes);
            }
            Ok(ProcessEvent::Stderr(_) | ProcessEvent::Keepalive) => {}
            Ok(ProcessEvent::End(ended)) => {
                let why = match ended.exit_code {
                    0 => "The shell has ended.".to_owned(),
                    _ => format!("The shell has ended: {}.", ended.status),
                };
                return Heard::Ended(why);
            }
            Err(EnvdError::SandboxGone) => return Heard::Ended("The sandbox is gone.".to_owned()),
            Err(_) => return Heard::Broken,
        }
    }
    Heard::Broken
}

pub(super) fn tell(engine: &Engine, terminal: &Terminal, bytes: &[u8]) {
    let before = terminal.shown.borrow().so_far();
    terminal.shown.borrow_mut().add(bytes);
    engine.publish(&Event::Terminal {
        terminal: terminal.id.clone(),
        shown: STANDARD.encode(bytes),
        before,
    });
}

async fn rejoin(terminal: &Terminal) -> Result<ProcessEvents<<Fetch as Http>::Body>, String> {
    for wait in TRIES_MS {
        timer::sleep_ms(wait).await;
        if terminal.over.get() {
            break;
        }
        let shell = terminal.selector();
        let joined = sandbox::ask(&terminal.lease, async |envd| envd.connect(&shell).await);
        match joined.await {
            Ok(events) => return Ok(events),
            Err(EnvdError::NotFound { .. }) => return Err("The shell has ended.".to_owned()),
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(format!("The terminal was lost: {error}.")),
        }
    }
    Err("The terminal was lost: the sandbox does not answer.".to_owned())
}
