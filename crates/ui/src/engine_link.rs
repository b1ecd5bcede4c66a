//! The line to the engine: its events, and a new line when one breaks.

use std::cell::RefCell;
use std::rc::Rc;

use messages::engine::{Event, PORT};
use messages::worker::StartEngine;
use messages::{Problem, ProblemCode};
use webext::port::PortGuard;

use crate::inbox::Inbox;

/// Waits between attempts, in milliseconds; the last one repeats.
const PAUSES: [u32; 5] = [0, 200, 1_000, 3_000, 10_000];

/// What the line tells its listener.
#[derive(Debug)]
pub enum Told {
    /// An event of the engine.
    Event(Event),
    /// The line stands.
    Connected,
    /// The line broke or could not be made; it is tried again.
    Lost(Problem),
}

type Listener = Rc<RefCell<dyn FnMut(Told)>>;

/// Starts the engine, listens to it, and does so again whenever the line breaks.
pub fn follow(listener: impl FnMut(Told) + 'static) {
    connect(Rc::new(RefCell::new(listener)), true, 0);
}

/// Listens to an engine that runs already, until it goes away.
pub fn overhear(listener: impl FnMut(Told) + 'static) {
    connect(Rc::new(RefCell::new(listener)), false, 0);
}

fn connect(listener: Listener, again: bool, attempt: usize) {
    leptos::task::spawn_local(async move {
        let pause = PAUSES[attempt.min(PAUSES.len() - 1)];
        if pause > 0 {
            webext::timer::sleep_ms(pause).await;
        }
        if again && let Err(problem) = webext::calls::call(&StartEngine {}).await {
            tell(&listener, Told::Lost(problem));
            connect(listener, again, attempt + 1);
            return;
        }
        // The guard lives as long as the line: `on_close` takes it out and drops it.
        let line: Rc<RefCell<Option<PortGuard>>> = Rc::default();
        let heard = Rc::new(RefCell::new(false));
        let inbox = {
            let (listener, heard) = (listener.clone(), heard.clone());
            Inbox::new(move |text| {
                // An event of a newer engine that this page does not know is skipped.
                if let Ok(event) = serde_json::from_str(text) {
                    heard.replace(true);
                    tell(&listener, Told::Event(event));
                }
            })
        };
        let on_message = {
            let inbox = inbox.clone();
            move |text| inbox.take(text)
        };
        let on_close = {
            let (listener, line) = (listener.clone(), line.clone());
            move || {
                inbox.finish();
                let (listener, line) = (listener.clone(), line.clone());
                let attempt = if *heard.borrow() { 1 } else { attempt + 1 };
                // Not at once: a closure must not be dropped while it runs.
                leptos::task::spawn_local(async move {
                    line.take();
                    tell(&listener, Told::Lost(lost("the engine went away")));
                    if again {
                        connect(listener, again, attempt);
                    }
                });
            }
        };
        match webext::port::listen(PORT, on_message, on_close) {
            Ok(guard) => {
                line.replace(Some(guard));
                tell(&listener, Told::Connected);
            }
            Err(reason) => tell(&listener, Told::Lost(lost(&reason))),
        }
    });
}

fn tell(listener: &Listener, told: Told) {
    (listener.borrow_mut())(told);
}

fn lost(reason: &str) -> Problem {
    Problem::with(ProblemCode::Internal, reason)
}
