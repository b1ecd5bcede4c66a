//! Sending one file to the cloud storage: whole or in parts, several at a time, each with its own
//! checksum, tried again where that helps.
//!
//! [`transfer::transfer::Transfer`] decides what is sent next and what a failure means;
//! [`keboola::upload::Upload`] knows the requests. Here they meet the network.

mod part;
mod running_checksum;
mod step;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use async_lock::Mutex;
use keboola::upload::{Receipt, Refusal, Session, Upload as Target};
use messages::worker::RenewUpload;
use messages::{Problem, ProblemCode};
use transfer::layout::{Layout, layout};
use web_sys::File;
use webext::calls::call;

use self::running_checksum::RunningChecksum;
use super::Upload;
use super::journal::{Notes, Taken};
use super::pump::Pump;
use super::refused::{Refused, problem, rules};
use super::request::exchange;
use super::token;
use crate::state::Engine;

/// One file on its way.
pub(super) struct Courier<'a> {
    engine: &'a Rc<Engine>,
    upload: &'a Rc<Upload>,
    pub(super) file: &'a File,
    /// Its id in Storage.
    id: u64,
    content_type: String,
    total: u64,
    /// Bytes of a part.
    size: u64,
    /// One part after the other: the cloud storage tells how far it is.
    sequential: bool,
    pub(super) target: RefCell<Target>,
    session: RefCell<Option<Session>>,
    pump: Pump<'a>,
    receipts: RefCell<BTreeMap<u32, Receipt>>,
    whole: Mutex<RunningChecksum>,
    anew: Cell<bool>,
    notes: &'a Notes,
}

impl<'a> Courier<'a> {
    /// # Errors
    /// `FileTooLarge` with the provider's limit.
    pub(super) fn new(
        engine: &'a Rc<Engine>,
        upload: &'a Rc<Upload>,
        notes: &'a Notes,
        id: u64,
        target: Target,
        file: &'a File,
    ) -> Result<Self, Problem> {
        let view = upload.view();
        let limits = target.limits();
        let layout = layout(view.bytes, &rules(&limits))
            .map_err(|error| Problem::with(ProblemCode::FileTooLarge, error.to_string()))?;
        let (size, sequential) = match layout {
            Layout::Whole => (view.bytes, false),
            Layout::Parts { size } => (size, limits.sequential),
        };
        Ok(Self {
            engine,
            upload,
            file,
            id,
            content_type: view.content_type,
            total: view.bytes,
            size,
            sequential,
            target: RefCell::new(target),
            session: RefCell::default(),
            pump: Pump::new(engine, upload, (view.bytes, size, sequential)),
            receipts: RefCell::default(),
            whole: Mutex::default(),
            anew: Cell::new(false),
            notes,
        })
    }

    /// Bytes of a part, where the file goes in parts.
    pub(super) fn part_size(&self) -> Option<u64> {
        (self.pump.transfer.borrow().parts() > 1).then_some(self.size)
    }

    /// Goes on with what an earlier life of the engine began: `taken` are the parts that are there.
    ///
    /// # Errors
    /// `FileDiffers` when the file has other bytes than one of them; otherwise as
    /// [`Courier::send`].
    pub(super) async fn take_up(&self, session: Session, taken: Vec<Taken>) -> Result<(), Problem> {
        self.compare(&taken).await?;
        self.session.replace(Some(session));
        let receipts = taken.into_iter().map(|it| it.receipt);
        if self.sequential {
            let has = self
                .step(
                    |_| self.position(),
                    |to, it| to.read_position(it, self.total),
                )
                .await?;
            self.pump.transfer.borrow_mut().resume_from(has);
        } else {
            let known: BTreeMap<u32, Receipt> = receipts.map(|it| (it.index, it)).collect();
            self.pump
                .transfer
                .borrow_mut()
                .restore(known.keys().copied());
            self.receipts.replace(known);
        }
        Ok(())
    }

    /// Whether the file still has the bytes that are there.
    async fn compare(&self, taken: &[Taken]) -> Result<(), Problem> {
        // One checksum of all bytes up to its end.
        let last = taken.iter().max_by_key(|it| it.end);
        let each = if self.sequential { &[] } else { taken };
        for part in each.iter().chain(last.filter(|_| self.sequential)) {
            if self.pump.is_cancelled() {
                return Err(ProblemCode::UploadCancelled.into());
            }
            let from = u64::from(part.receipt.index) * self.size;
            let checksum = self.checksum(from, part.end).await;
            let checksum = checksum
                .ok_or_else(|| Problem::with(ProblemCode::FileUnreadable, self.file.name()))?;
            if checksum.base64() != part.receipt.checksum {
                let detail = format!("a byte before byte {} differs", part.end);
                return Err(Problem::with(ProblemCode::FileDiffers, detail));
            }
        }
        Ok(())
    }

    /// Sends all of it, or what is left of it.
    ///
    /// # Errors
    /// `UploadCancelled`, `FileUnreadable`, `UploadFailed` and their like. The object is complete
    /// only after `Ok`.
    pub(super) async fn send(&self) -> Result<(), Problem> {
        self.pump.tell();
        if self.session.borrow().is_none() && self.part_size().is_some() {
            self.begin().await?;
        }
        let send = async |part, _slot| self.send_part(part).await;
        let ended = async |part, end| self.part_ended(part, end).await;
        self.pump.run(send, ended).await?;
        if self.session.borrow().is_some() {
            self.finish().await?;
        }
        Ok(())
    }

    async fn begin(&self) -> Result<(), Problem> {
        let begin = |now| self.target.borrow().begin(now, &self.content_type);
        let session = match begin(Duration::ZERO) {
            None => Session::none(),
            Some(_) => self.step(begin, Target::read_begun).await?,
        };
        self.notes.begun(self.size, &self.target.borrow(), &session);
        self.session.replace(Some(session));
        Ok(())
    }

    async fn finish(&self) -> Result<(), Problem> {
        let finish = |now| {
            let receipts: Vec<Receipt> = self.receipts.borrow().values().cloned().collect();
            let session = self.session.borrow();
            let target = self.target.borrow();
            target.finish(now, session.as_ref()?, &receipts)
        };
        if finish(Duration::ZERO).is_none() {
            return Ok(());
        }
        self.step(finish, Target::read_finished).await
    }

    /// Throws away what was begun, where the provider lets us; otherwise it ends by the provider's
    /// own rules.
    pub(super) async fn discard(&self) {
        let cancel = {
            let session = self.session.borrow();
            let target = self.target.borrow();
            session.as_ref().and_then(|session| target.cancel(session))
        };
        if let Some(cancel) = cancel {
            let _ = exchange(&cancel, None, |_| {}, |_| {}).await;
        }
    }

    fn position(&self) -> Option<keboola::upload::ProviderRequest> {
        let session = self.session.borrow();
        self.target.borrow().position(session.as_ref()?, self.total)
    }

    /// Whether it ended because of what a new entry in Storage would mend.
    pub(super) fn wants_anew(&self) -> bool {
        self.anew.get()
    }

    fn begin_anew(&self) -> Problem {
        self.anew.set(true);
        Problem::with(
            ProblemCode::UploadFailed,
            "the cloud storage no longer knows this upload",
        )
    }

    /// New credentials for the same object. The providers that give none want a new entry.
    pub(super) async fn renew(&self) -> Result<(), Problem> {
        if !self.target.borrow().is_renewable() {
            self.anew.set(true);
            let what = "the credentials of the upload have expired";
            return Err(Problem::with(ProblemCode::UploadFailed, what));
        }
        loop {
            let configuration = self.upload.configuration.clone();
            let tokens = token::stored_so_far(self.engine, &configuration);
            let file = self.id;
            let renew = RenewUpload {
                configuration,
                file,
            };
            match call(&renew).await {
                Ok(renewed) => {
                    self.target.replace(renewed);
                    return Ok(());
                }
                Err(problem) => token::wait(self.engine, self.upload, problem, tokens).await?,
            }
        }
    }

    /// The problem of what cannot be mended by trying again.
    pub(super) fn ended_by(&self, refused: &Refused) -> Problem {
        match refused {
            Refused::By(Refusal::SessionLost) => self.begin_anew(),
            other => problem(other, self.file),
        }
    }
}
