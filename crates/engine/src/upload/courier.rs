//! Sending one file to the cloud storage: whole or in parts, several at a time, each with its own
//! checksum, tried again where that helps.
//!
//! [`transfer::transfer::Transfer`] decides what is sent next and what a failure means;
//! [`keboola::upload::Upload`] knows the requests. Here they meet the network.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use async_lock::SemaphoreGuardArc;
use futures::StreamExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::FuturesUnordered;
use keboola::upload::{Part, Receipt, Refusal, Session, Upload as Target};
use messages::engine::{Event, UploadPhase};
use messages::worker::PreparedUpload;
use messages::{Problem, ProblemCode};
use transfer::layout::{Layout, layout};
use transfer::rate::Rate;
use transfer::transfer::{Attempt, Failure, Send, Transfer, Verdict};
use web_sys::File;
use webext::xhr::Sending;
use webext::{clock, timer};

use super::Upload;
use super::part_checksum::part_checksum;
use super::refused::{Refused, problem, rules};
use super::request::{exchange, slice};
use crate::state::Engine;

/// How often progress is told, pauses and cancels are looked at, in milliseconds.
const TICK_MS: u32 = 100;

/// How often a request that is no part (begin, finish) is tried.
const STEP_TRIES: u32 = 6;

/// One file on its way.
pub(super) struct Courier<'a> {
    engine: &'a Rc<Engine>,
    upload: &'a Rc<Upload>,
    file: &'a File,
    content_type: String,
    total: u64,
    target: RefCell<Target>,
    session: RefCell<Option<Session>>,
    transfer: Rc<RefCell<Transfer>>,
    receipts: RefCell<BTreeMap<u32, Receipt>>,
    running: RefCell<BTreeMap<Attempt, Sending>>,
    /// Attempts that we ended because they stood still.
    stalled: RefCell<BTreeSet<Attempt>>,
    rate: RefCell<Rate>,
    expired: Cell<bool>,
}

type PartEnd = (Send, SemaphoreGuardArc, Result<Option<Receipt>, Refused>);

impl<'a> Courier<'a> {
    /// # Errors
    /// `FileTooLarge` with the provider's limit.
    pub(super) fn new(
        engine: &'a Rc<Engine>,
        upload: &'a Rc<Upload>,
        prepared: &PreparedUpload,
        file: &'a File,
    ) -> Result<Self, Problem> {
        let view = upload.view();
        let limits = prepared.target.limits();
        let layout = layout(view.bytes, &rules(&limits))
            .map_err(|error| Problem::with(ProblemCode::FileTooLarge, error.to_string()))?;
        let (size, sequential) = match layout {
            Layout::Whole => (view.bytes, true),
            Layout::Parts { size } => (size, limits.sequential),
        };
        Ok(Self {
            engine,
            upload,
            file,
            content_type: view.content_type,
            total: view.bytes,
            target: RefCell::new(prepared.target.clone()),
            session: RefCell::default(),
            transfer: Rc::new(RefCell::new(Transfer::new(view.bytes, size, sequential))),
            receipts: RefCell::default(),
            running: RefCell::default(),
            stalled: RefCell::default(),
            rate: RefCell::new(Rate::new(view.bytes)),
            expired: Cell::new(false),
        })
    }

    /// Sends all of it.
    ///
    /// # Errors
    /// `UploadCancelled`, `FileUnreadable`, `UploadFailed` and their like. The object is complete
    /// only after `Ok`.
    pub(super) async fn send(&self) -> Result<(), Problem> {
        self.tell();
        if self.transfer.borrow().parts() > 1 {
            self.begin().await?;
        }
        self.send_parts().await?;
        if self.session.borrow().is_some() {
            self.finish().await?;
        }
        Ok(())
    }

    async fn begin(&self) -> Result<(), Problem> {
        let begin = || {
            let target = self.target.borrow();
            target.begin(now(), &self.content_type)
        };
        let session = match begin() {
            None => Session::none(),
            Some(_) => self.step(begin, Target::read_begun).await?,
        };
        self.session.replace(Some(session));
        Ok(())
    }

    async fn finish(&self) -> Result<(), Problem> {
        let finish = || {
            let receipts: Vec<Receipt> = self.receipts.borrow().values().cloned().collect();
            let session = self.session.borrow();
            let target = self.target.borrow();
            target.finish(now(), session.as_ref()?, &receipts)
        };
        if finish().is_none() {
            return Ok(());
        }
        self.step(finish, Target::read_finished).await
    }

    /// A request that is no part, tried again while that may help.
    async fn step<T>(
        &self,
        request: impl Fn() -> Option<keboola::upload::ProviderRequest>,
        read: impl Fn(&Target, &keboola::upload::Reply) -> Result<T, Refusal>,
    ) -> Result<T, Problem> {
        let mut tries = 0;
        loop {
            if self.upload.cancelled.get() {
                return Err(ProblemCode::UploadCancelled.into());
            }
            let Some(request) = request() else {
                return Err(Problem::with(ProblemCode::Internal, "no such request"));
            };
            let refused = match exchange(&request, None, |_| {}, |_| {}).await {
                Ok(reply) => match read(&self.target.borrow(), &reply) {
                    Ok(value) => return Ok(value),
                    Err(refusal) => Refused::By(refusal),
                },
                Err(refused) => refused,
            };
            match refused.failure() {
                Failure::Passing { retry_after } => {
                    let pause = transfer::retry::pause(
                        tries,
                        STEP_TRIES,
                        retry_after,
                        js_sys::Math::random(),
                    );
                    let Some(pause) = pause else {
                        return Err(problem(&refused, self.file));
                    };
                    tries += 1;
                    self.trouble(Some(&refused));
                    timer::sleep_ms(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)).await;
                }
                Failure::Expired => return Err(self.renew()),
                Failure::Final => return Err(problem(&refused, self.file)),
            }
        }
    }

    async fn send_parts(&self) -> Result<(), Problem> {
        let mut parts: FuturesUnordered<LocalBoxFuture<'_, PartEnd>> = FuturesUnordered::new();
        while !self.transfer.borrow().is_complete() {
            if self.upload.cancelled.get() {
                self.end_running();
                return Err(ProblemCode::UploadCancelled.into());
            }
            self.look_at_pause();
            self.begin_parts(&mut parts);
            self.end_stalled();
            self.tell();
            let tick = std::pin::pin!(timer::sleep_ms(TICK_MS));
            let ended = if parts.is_empty() {
                tick.await;
                None
            } else {
                match select(parts.next(), tick).await {
                    Either::Left((ended, _)) => ended,
                    Either::Right(_) => None,
                }
            };
            if let Some((part, slot, end)) = ended {
                // Somebody else's part may go while this one is thought about.
                drop(slot);
                if let Err(problem) = self.part_ended(part, end) {
                    self.end_running();
                    return Err(problem);
                }
            }
        }
        self.tell();
        Ok(())
    }

    /// Begins what is due, as far as there are slots; slots are shared by all uploads.
    fn begin_parts<'s>(&'s self, parts: &mut FuturesUnordered<LocalBoxFuture<'s, PartEnd>>) {
        loop {
            let Some(slot) = self.engine.slots.try_acquire_arc() else {
                return;
            };
            let Some(part) = self.transfer.borrow_mut().next(clock::unix_ms()) else {
                return;
            };
            parts.push(Box::pin(async move {
                let end = self.send_part(part).await;
                self.running.borrow_mut().remove(&part.attempt);
                (part, slot, end)
            }));
        }
    }

    async fn send_part(&self, part: Send) -> Result<Option<Receipt>, Refused> {
        let blob = slice(self.file, part.offset, part.length).ok_or(Refused::Unreadable)?;
        let kind = self.target.borrow().checksum_kind();
        let checksum = part_checksum(&blob, kind)
            .await
            .ok_or(Refused::Unreadable)?;
        // Reading may have taken its time; the network's silence counts from now.
        let transfer = self.transfer.clone();
        transfer
            .borrow_mut()
            .sending(part.attempt, clock::unix_ms());
        let moved = move |sent| {
            let now = clock::unix_ms();
            transfer.borrow_mut().progress(part.attempt, sent, now);
        };
        let session = self.session.borrow().clone();
        let wanted = Part {
            index: part.index,
            offset: part.offset,
            length: part.length,
            total: self.total,
            checksum,
        };
        let request = {
            let target = self.target.borrow();
            match &session {
                None => target.whole(now(), &self.content_type, &wanted.checksum),
                Some(session) => target.part(now(), session, &wanted),
            }
        };
        let request = request.ok_or(Refused::NotSupported)?;
        let reply = exchange(&request, Some(&blob), moved, |sending| {
            self.running.borrow_mut().insert(part.attempt, sending);
        })
        .await?;
        let target = self.target.borrow();
        match session {
            None => target.read_finished(&reply).map(|()| None),
            Some(_) => target.read_part(&wanted, &reply).map(Some),
        }
        .map_err(Refused::By)
    }

    fn part_ended(&self, part: Send, end: Result<Option<Receipt>, Refused>) -> Result<(), Problem> {
        let refused = match end {
            Ok(receipt) => {
                self.trouble(None);
                if self.transfer.borrow_mut().took(part.attempt)
                    && let Some(receipt) = receipt
                {
                    self.receipts.borrow_mut().insert(part.index, receipt);
                }
                return Ok(());
            }
            Err(refused) => refused,
        };
        if self.upload.cancelled.get() {
            return Ok(());
        }
        let stalled = self.stalled.borrow_mut().remove(&part.attempt);
        if matches!(refused, Refused::Aborted) && !stalled {
            self.transfer.borrow_mut().withdrawn(part.attempt);
            return Ok(());
        }
        let verdict = self.transfer.borrow_mut().failed(
            part.attempt,
            refused.failure(),
            clock::unix_ms(),
            js_sys::Math::random(),
        );
        match verdict {
            Verdict::Again => {
                self.trouble(Some(&refused));
                Ok(())
            }
            Verdict::Stale => Ok(()),
            Verdict::GiveUp => Err(problem(&refused, self.file)),
            Verdict::Renew => Err(self.renew()),
        }
    }

    /// Whether it ended because the credentials expired and cannot be renewed.
    pub(super) fn has_expired(&self) -> bool {
        self.expired.get()
    }

    /// The credentials of S3 live twelve hours and cannot be renewed: a new entry is prepared.
    fn renew(&self) -> Problem {
        self.expired.set(true);
        Problem::with(
            ProblemCode::UploadFailed,
            "the credentials of the upload have expired",
        )
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
    fn trouble(&self, refused: Option<&Refused>) {
        let words = refused.map(Refused::words);
        let changed = self
            .upload
            .change(|view| std::mem::replace(&mut view.trouble, words.clone()) != words);
        if changed {
            self.engine.publish(&Event::Upload(self.upload.view()));
        }
    }

    fn tell(&self) {
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
            self.engine.publish(&Event::Upload(self.upload.view()));
        }
    }
}

fn now() -> std::time::Duration {
    std::time::Duration::from_millis(clock::unix_ms())
}
