//! Messages that come faster than a page can take them in: read in turns, with a breath for the
//! page's own frames between two of them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{document, request_animation_frame, set_timeout};
use webext::clock;

/// How long messages are read in one turn, in milliseconds: half a frame. Where frames come slowly, the
/// turns are as long as the waits for them, up to the longest: half of the time goes into reading.
const TURN_MS: f64 = 8.0;
const LONGEST_TURN_MS: f64 = 32.0;

/// How long the next frame is waited for between two turns, in milliseconds. A pause of a millisecond is
/// not enough: the browser takes in what else has come meanwhile, and draws every 100 ms [tested].
const FRAME_MS: u64 = 50;

type Read = Box<dyn FnMut(&str)>;

/// Hands messages on in the order in which they came.
pub(crate) struct Inbox {
    waiting: RefCell<VecDeque<String>>,
    reading: Cell<bool>,
    /// When the turn began that goes on, and how much of it was spent on reading.
    turn: Cell<(f64, f64)>,
    /// How long a turn may be at present.
    turn_ms: Cell<f64>,
    read: RefCell<Read>,
}

impl Inbox {
    pub(crate) fn new(read: impl FnMut(&str) + 'static) -> Rc<Self> {
        Rc::new(Self {
            waiting: RefCell::default(),
            reading: Cell::new(false),
            turn: Cell::default(),
            turn_ms: Cell::new(TURN_MS),
            read: RefCell::new(Box::new(read)),
        })
    }

    /// Takes a message: it is read at once, or after those that wait.
    pub(crate) fn take(self: &Rc<Self>, message: String) {
        self.waiting.borrow_mut().push_back(message);
        if !self.reading.replace(true) {
            self.read_on();
        }
    }

    /// Reads all that waits: what comes after it belongs to another line.
    pub(crate) fn finish(&self) {
        while let Some(message) = self.next() {
            (self.read.borrow_mut())(&message);
        }
    }

    fn read_on(self: &Rc<Self>) {
        while let Some(message) = self.next() {
            let began = clock::now_ms();
            (self.read.borrow_mut())(&message);
            if self.is_turn_over(began) {
                self.read_on_after_a_frame();
                return;
            }
        }
        self.reading.set(false);
    }

    fn read_on_after_a_frame(self: &Rc<Self>) {
        let (own, begun) = (self.clone(), Rc::new(Cell::new(false)));
        let since = clock::now_ms();
        let go = move || {
            if !begun.replace(true) {
                own.turn.take();
                let waited = clock::now_ms() - since;
                own.turn_ms.set(waited.clamp(TURN_MS, LONGEST_TURN_MS));
                own.read_on();
            }
        };
        request_animation_frame(go.clone());
        // A page that is hidden meanwhile has no frames.
        set_timeout(go, Duration::from_millis(FRAME_MS));
    }

    fn next(&self) -> Option<String> {
        self.waiting.borrow_mut().pop_front()
    }

    /// A page that nobody sees has no frames, and its timers are slow.
    fn is_turn_over(&self, began: f64) -> bool {
        let now = clock::now_ms();
        let (turn, spent) = match self.turn.get() {
            (turn, spent) if began - turn < 2.0 * self.turn_ms.get() => (turn, spent),
            _ => (began, 0.0),
        };
        let spent = spent + (now - began);
        self.turn.set((turn, spent));
        spent >= self.turn_ms.get() && !document().hidden()
    }
}
