//! The parts of one file on their way, whatever they go to: begun as there are slots, watched for
//! standing still, held back by a pause, ended by a cancel.
//!
//! [`transfer::transfer::Transfer`] decides what is sent next and what a failure means; here it meets
//! the clock and the requests under way.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::StreamExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::FuturesUnordered;
use messages::engine::UploadPhase;
use messages::{Problem, ProblemCode};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use transfer::rate::Rate;
use transfer::transfer::{Attempt, Send, Transfer, Verdict};
use webext::xhr::Sending;
use webext::{clock, timer};

use super::Upload;
use super::refused::Refused;
use crate::state::Engine;

/// How often progress is told, pauses and cancels are looked at, in milliseconds.
const TICK_MS: u32 = 100;

/// One file's parts.
pub(super) struct Pump<'a> {
    engine: &'a Rc<Engine>,
    upload: &'a Rc<Upload>,
    pub(super) transfer: Rc<RefCell<Transfer>>,
    running: RefCell<BTreeMap<Attempt, Sending>>,
    /// Attempts that we ended because they stood still.
    stalled: RefCell<BTreeSet<Attempt>>,
    rate: RefCell<Rate>,
    /// Told when a part gave its slot back before its end.
    freed: Rc<Notify>,
    /// Slots of this file, and how many it takes at the most.
    held: Rc<Cell<usize>>,
    most: usize,
}

/// A slot for a request with a file's bytes, dropped when they are sent.
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
    held: Rc<Cell<usize>>,
    freed: Rc<Notify>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.held.set(self.held.get() - 1);
    }
}

impl Slot {
    /// The part's bytes are sent: another one may go while it is thought about.
    pub(super) fn sent(self) {
        let freed = self.freed.clone();
        drop(self);
        freed.notify_one();
    }
}

type PartEnd<T> = (Send, Result<T, Refused>);
type Parts<'p, T> = FuturesUnordered<LocalBoxFuture<'p, PartEnd<T>>>;

impl<'a> Pump<'a> {
    /// `bytes` in all, in parts of `size`.
    pub(super) fn new(
        engine: &'a Rc<Engine>,
        upload: &'a Rc<Upload>,
        (bytes, size, sequential): (u64, u64, bool),
    ) -> Self {
        Self {
            engine,
            upload,
            transfer: Rc::new(RefCell::new(Transfer::new(bytes, size, sequential))),
            running: RefCell::default(),
            stalled: RefCell::default(),
            rate: RefCell::new(Rate::new(bytes)),
            freed: Rc::default(),
            held: Rc::default(),
            most: usize::MAX,
        }
    }

    /// The same with so many requests at the same time at the most.
    pub(super) fn at_most(mut self, requests: usize) -> Self {
        self.most = requests;
        self
    }

    fn slot(&self, permit: OwnedSemaphorePermit) -> Slot {
        self.held.set(self.held.get() + 1);
        Slot {
            _permit: permit,
            held: self.held.clone(),
            freed: self.freed.clone(),
        }
    }

    /// Sends all that is due by `send`, and has `ended` think about how each part ended, until the
    /// transfer is complete.
    ///
    /// # Errors
    /// `UploadCancelled`, and what `ended` returns.
    pub(super) async fn run<T>(
        &self,
        send: impl AsyncFn(Send, Slot) -> Result<T, Refused>,
        ended: impl AsyncFn(Send, Result<T, Refused>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let send = &send;
        let mut parts: Parts<'_, T> = FuturesUnordered::new();
        while !self.transfer.borrow().is_complete() {
            if self.is_cancelled() {
                self.end_running();
                return Err(ProblemCode::UploadCancelled.into());
            }
            self.look_at_pause();
            while self.held.get() < self.most
                && let Ok(permit) = self.engine.slots.clone().try_acquire_owned()
                && self.begin(send, self.slot(permit), &mut parts)
            {}
            self.end_stalled();
            self.tell();
            let tick = std::pin::pin!(timer::sleep_ms(TICK_MS));
            let end = if parts.is_empty() {
                // A slot is waited for by nobody else of this file.
                let slot = std::pin::pin!(self.engine.slots.clone().acquire_owned());
                if let Either::Left((Ok(permit), tick)) = select(slot, tick).await
                    && !self.begin(send, self.slot(permit), &mut parts)
                {
                    tick.await;
                }
                None
            } else {
                let freed = std::pin::pin!(self.freed.notified());
                match select(parts.next(), select(freed, tick)).await {
                    Either::Left((end, _)) => end,
                    Either::Right(_) => None,
                }
            };
            if let Some((part, end)) = end
                && let Err(problem) = ended(part, end).await
            {
                self.end_running();
                return Err(problem);
            }
        }
        self.tell();
        Ok(())
    }

    /// Begins one part, if one is due.
    fn begin<'p, T, S: AsyncFn(Send, Slot) -> Result<T, Refused>>(
        &'p self,
        send: &'p S,
        slot: Slot,
        parts: &mut Parts<'p, T>,
    ) -> bool {
        let Some(part) = self.transfer.borrow_mut().next(clock::unix_ms()) else {
            return false;
        };
        parts.push(Box::pin(async move {
            let end = send(part, slot).await;
            self.running.borrow_mut().remove(&part.attempt);
            (part, end)
        }));
        true
    }

    /// The part's bytes go from now on: what was read before took its own time.
    pub(super) fn sending(&self, part: &Send) {
        let now = clock::unix_ms();
        self.transfer.borrow_mut().sending(part.attempt, now);
    }

    /// What to do with the bytes of the part that the network took.
    pub(super) fn progress(&self, part: &Send) -> impl FnMut(u64) + 'static {
        let (transfer, attempt) = (self.transfer.clone(), part.attempt);
        move |sent| {
            let now = clock::unix_ms();
            transfer.borrow_mut().progress(attempt, sent, now);
        }
    }

    /// The part's request is under way.
    pub(super) fn began(&self, part: &Send, sending: Sending) {
        self.running.borrow_mut().insert(part.attempt, sending);
    }

    /// Whether it was us that ended a part, for a pause or a cancel: that is no failure of it.
    pub(super) fn is_withdrawn(&self, part: &Send, refused: &Refused) -> bool {
        if self.is_cancelled() {
            return true;
        }
        let stalled = self.stalled.borrow_mut().remove(&part.attempt);
        let withdrawn = matches!(refused, Refused::Aborted) && !stalled;
        if withdrawn {
            self.transfer.borrow_mut().withdrawn(part.attempt);
        }
        withdrawn
    }

    /// What a failure of the part means.
    pub(super) fn verdict(&self, part: &Send, refused: &Refused) -> Verdict {
        let (now, jitter) = (clock::unix_ms(), js_sys::Math::random());
        let mut transfer = self.transfer.borrow_mut();
        transfer.failed(part.attempt, refused.failure(), now, jitter)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.upload.cancel.is_asked()
    }

    fn look_at_pause(&self) {
        let paused = self.upload.paused.get();
        self.transfer.borrow_mut().set_paused(paused);
        if paused {
            self.end_running();
        }
    }

    fn end_running(&self) {
        for sending in self.running.borrow().values() {
            sending.abort();
        }
    }

    fn end_stalled(&self) {
        for attempt in self.transfer.borrow().stalled(clock::unix_ms()) {
            if let Some(sending) = self.running.borrow().get(&attempt) {
                self.stalled.borrow_mut().insert(attempt);
                sending.abort();
            }
        }
    }

    /// What is being tried again, or that it works again.
    pub(super) fn trouble(&self, refused: Option<&Refused>) {
        let words = refused.map(Refused::words);
        let changed = self
            .upload
            .change(|view| std::mem::replace(&mut view.trouble, words.clone()) != words);
        if changed {
            self.engine.publish_upload(self.upload.view());
        }
    }

    /// How far it is.
    pub(super) fn tell(&self) {
        let mut rate = self.rate.borrow_mut();
        rate.sample(clock::unix_ms(), self.transfer.borrow().bytes());
        let sent = rate.done();
        let phase = if self.upload.paused.get() {
            UploadPhase::Paused { sent }
        } else {
            UploadPhase::Sending {
                sent,
                rate: rate.bytes_per_second(),
                seconds_left: rate.seconds_left(),
            }
        };
        let changed = self
            .upload
            .change(|view| std::mem::replace(&mut view.phase, phase.clone()) != phase);
        if changed {
            self.engine.publish_upload(self.upload.view());
        }
    }
}
