//! A large file in parts, beside each other into a folder of their own.
//!
//! While others are on their way, each is hashed by the browser here and by the sandbox there; one that
//! is the same is written into the whole file. Hashing and joining all of it in the end would take as
//! long again as the sending, and twice the disk.

use std::cell::RefCell;
use std::rc::Rc;

use e2b::{EnvdError, PartPlace, WholePlace};
use futures::future::{join, try_join};
use keboola::upload::{ChecksumKind, Refusal};
use messages::{Problem, ProblemCode};
use transfer::layout::{Layout, Rules, layout};
use transfer::transfer::{Send, Verdict};
use web_sys::{Blob, File};
use webext::timer;

use super::journal::{Begun, Goes, Notes, Placed};
use super::outgoing::Packer;
use super::{body, ended_by, enter, folder_of, make_folder, remove};
use crate::problems;
use crate::run::Lease;
use crate::sandbox::{ask, entering};
use crate::state::Engine;
use crate::upload::Upload;
use crate::upload::checksum::hex;
use crate::upload::part_checksum::part_checksum;
use crate::upload::pump::{Pump, Slot};
use crate::upload::refused::Refused;
use crate::upload::request::slice;

/// Bytes of a part: within what reference/e2b.md §3.3 recommends.
const PART: u64 = 16 * 1024 * 1024;

/// The same where parts are compressed: the line stands still until the first one is.
const PACKED_PART: u64 = 8 * 1024 * 1024;

/// Parts on their way at the same time. They share one line: with more of them all would arrive in the same
/// moment, and be compared and written when nothing is on its way any more.
const REQUESTS: usize = 2;

/// Offsets are told in this unit.
const MIB: u64 = 1024 * 1024;

/// Waits between the tries to put the whole in its place, in milliseconds.
const PUT_MS: [u32; 3] = [300, 1_000, 3_000];

/// One file on its way.
pub(super) struct Parts<'a> {
    engine: &'a Rc<Engine>,
    lease: &'a Lease,
    bytes: u64,
    file: &'a File,
    part_size: u64,
    folder: String,
    upload: &'a Rc<Upload>,
    notes: &'a Notes,
    packer: &'a Packer<'a>,
    pump: Pump<'a>,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// `FileTooLarge` for what ten thousand parts cannot hold.
    pub(super) fn new(
        engine: &'a Rc<Engine>,
        upload: &'a Rc<Upload>,
        notes: &'a Notes,
        lease: &'a Lease,
        (file, packer): (&'a File, &'a Packer<'a>),
        begun: Option<&Begun>,
    ) -> Result<Self, Problem> {
        let bytes = upload.view().bytes;
        // What is there already was cut in its own way.
        let goes = begun.and_then(|begun| begun.entry.goes.as_ref());
        let part = match goes {
            Some(goes) => goes.part_size.max(MIB),
            None if packer.will_pack() => PACKED_PART,
            None => PART,
        };
        // envd has no limit of its own; the disk of the sandbox has.
        let rules = Rules {
            part,
            single_max: u64::MAX,
            part_min: 1,
            part_max: u64::MAX,
            part_multiple: MIB,
            parts_max: 10_000,
            object_max: u64::MAX,
        };
        let layout = layout(bytes, &rules)
            .map_err(|error| Problem::with(ProblemCode::FileTooLarge, error.to_string()))?;
        let size = match layout {
            Layout::Whole => bytes,
            Layout::Parts { size } => size,
        };
        Ok(Self {
            engine,
            lease,
            bytes,
            file,
            part_size: size,
            folder: folder_of(&upload.id()),
            upload,
            notes,
            packer,
            pump: Pump::new(engine, upload, (bytes, size, false)).at_most(REQUESTS),
        })
    }

    /// Begins, or goes on with what an earlier life of the engine began if it is still there.
    ///
    /// # Errors
    /// `FileDiffers` when the file has other bytes than a part that is there, `FileUnreadable`,
    /// `UploadCancelled`, `SandboxVanished`.
    pub(super) async fn begin(&self, begun: Option<&Begun>) -> Result<(), Problem> {
        let goes = Goes {
            sandbox: self.lease.access.id.clone(),
            part_size: self.part_size,
        };
        if let Some(begun) = begun {
            let here = begun.entry.goes.as_ref() == Some(&goes);
            if here && self.has_whole().await? {
                self.compare(&begun.placed).await?;
                let there = begun.placed.iter().map(|part| part.index);
                self.pump.transfer.borrow_mut().restore(there);
                return Ok(());
            }
            if !begun.placed.is_empty() {
                let note = "Sent from the beginning: the sandbox that had a part of it has ended.";
                self.upload.change(|view| view.note = Some(note.to_owned()));
            }
        }
        self.notes.goes(goes);
        Ok(())
    }

    async fn has_whole(&self) -> Result<bool, Problem> {
        let there = ask(self.lease, async |envd| envd.stat(&self.whole()).await);
        Ok(there
            .await
            .map_err(|error| problems::envd(&error))?
            .is_some())
    }

    /// Whether the file still has the bytes that are there.
    async fn compare(&self, placed: &[Placed]) -> Result<(), Problem> {
        for part in placed {
            if self.pump.is_cancelled() {
                return Err(ProblemCode::UploadCancelled.into());
            }
            let from = u64::from(part.index) * self.part_size;
            let length = self.part_size.min(self.bytes.saturating_sub(from));
            let sum = async {
                let blob = slice(self.file, from, length).ok_or(Refused::Unreadable)?;
                self.sum(&blob).await
            };
            let sum = sum.await.map_err(|error| ended_by(&error, self.file))?;
            if sum != part.sha256 {
                let detail = format!("a byte before byte {} differs", from + length);
                return Err(Problem::with(ProblemCode::FileDiffers, detail));
            }
        }
        Ok(())
    }

    /// Sends all of them, or those that are missing.
    ///
    /// # Errors
    /// `UploadCancelled`, `FileUnreadable`, `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`.
    pub(super) async fn send(&self) -> Result<(), Problem> {
        let send = async |part, slot| self.send_part(part, slot).await;
        let ended = async |part, end| self.part_ended(&part, end);
        self.pump.run(send, ended).await
    }

    async fn send_part(&self, part: Send, slot: Slot) -> Result<(), Refused> {
        let blob = slice(self.file, part.offset, part.length).ok_or(Refused::Unreadable)?;
        let path = self.path(part.index as usize);
        if part.again {
            enter(self.lease).await?;
        }
        let slot = Rc::new(RefCell::new(Some(slot)));
        let sent = async {
            let brought = self.bring(&part, &path, &blob, &slot);
            let (sent, ()) = join(brought, self.make_folder(&part)).await;
            if let Some(slot) = slot.take() {
                slot.sent();
            }
            sent
        };
        let ((), sum) = try_join(sent, self.sum(&blob)).await?;
        let place = PartPlace {
            part: &path,
            sha256: &sum,
            whole: &self.whole(),
            offset_mib: part.offset / MIB,
        };
        match ask(self.lease, async |envd| envd.place(place).await).await {
            Ok(true) => {
                self.notes.placed(part.index, &sum);
                Ok(())
            }
            Ok(false) => {
                self.packer.refuse();
                Err(Refused::By(Refusal::Mismatch))
            }
            Err(error) => Err(Refused::Sandbox(error)),
        }
    }

    /// Makes the folder that the file goes to with its last part.
    async fn make_folder(&self, part: &Send) {
        let is_last = part.offset + part.length >= self.bytes && !part.again;
        let folder = self.notes.entry.path.rsplit_once('/');
        if let Some((folder, _)) = folder.filter(|_| is_last) {
            make_folder(self.lease, folder).await;
        }
    }

    /// Sends the bytes of a part. Once the network took them its slot is another part's: the line is not to
    /// stand still while the answer is on its way, and the part is hashed and put into its place.
    async fn bring(
        &self,
        part: &Send,
        path: &str,
        blob: &Blob,
        slot: &Rc<RefCell<Option<Slot>>>,
    ) -> Result<(), Refused> {
        entering(self.lease, async |envd| {
            let request = envd.upload_request(path, &body::boundary())?;
            let outgoing = self.packer.pack(&request, blob).await;
            self.pump.sending(part);
            let began = |sending| self.pump.began(part, sending);
            let (mut told, slot, all) = (self.pump.progress(part), slot.clone(), part.length);
            let progress = move |sent| {
                told(sent);
                if let Some(slot) = slot.borrow_mut().take_if(|_| sent >= all) {
                    slot.sent();
                }
            };
            let sent = outgoing.send(progress, began).await;
            match sent {
                Err(refused) if outgoing.is_to_blame(&refused) => {
                    // A service may say that it unpacks and not do so.
                    self.packer.refuse();
                    Err(Refused::By(Refusal::Mismatch))
                }
                sent => sent,
            }
        })
        .await
    }

    /// SHA-256 of a part in lower-case hex.
    async fn sum(&self, part: &Blob) -> Result<String, Refused> {
        let _turn = self.engine.digests.acquire().await;
        let sum = part_checksum(part, ChecksumKind::Sha256, &self.engine.buffers).await;
        let sum = sum.ok_or(Refused::Unreadable)?;
        Ok(hex(&sum.bytes))
    }

    fn part_ended(&self, part: &Send, end: Result<(), Refused>) -> Result<(), Problem> {
        let refused = match end {
            Ok(()) => {
                self.pump.trouble(None);
                self.pump.transfer.borrow_mut().took(part.attempt);
                return Ok(());
            }
            Err(refused) => refused,
        };
        if self.pump.is_withdrawn(part, &refused) {
            return Ok(());
        }
        match self.pump.verdict(part, &refused) {
            Verdict::Again => {
                self.pump.trouble(Some(&refused));
                Ok(())
            }
            Verdict::Stale => Ok(()),
            // A refused token was asked for anew already.
            Verdict::GiveUp | Verdict::Renew => Err(ended_by(&refused, self.file)),
        }
    }

    /// Puts the whole file to `path`. Whether it is as long there as its parts, each of which was compared; the
    /// folder of the parts is gone then.
    ///
    /// # Errors
    /// `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`; what else keeps the sandbox from telling.
    pub(super) async fn put(&self, path: &str) -> Result<bool, Problem> {
        let file = self.whole();
        let place = WholePlace {
            file: &file,
            destination: path,
            bytes: self.bytes,
            folder: &self.folder,
        };
        let mut waits = PUT_MS.into_iter();
        let mut asked_before = false;
        loop {
            let error = match ask(self.lease, async |envd| envd.put(place).await).await {
                Ok(is_whole) => return Ok(is_whole),
                // It went there when it was asked for the first time.
                Err(EnvdError::NotFound { .. }) if asked_before => break,
                Err(error) => error,
            };
            asked_before = true;
            match waits.next().filter(|_| error.is_transient()) {
                Some(wait) => timer::sleep_ms(wait).await,
                None => return Err(ended_by(&Refused::Sandbox(error), self.file)),
            }
        }
        let (there, ()) = join(
            ask(self.lease, async |envd| envd.stat(path).await),
            self.discard(),
        )
        .await;
        let there = there.map_err(|error| problems::envd(&error))?;
        Ok(there.is_some_and(|entry| entry.bytes == self.bytes))
    }

    /// Removes the folder of the parts.
    pub(super) async fn discard(&self) {
        // What stays, in a folder for what passes, goes with the sandbox.
        remove(self.lease, &self.folder).await;
    }

    fn whole(&self) -> String {
        format!("{}/whole", self.folder)
    }

    fn path(&self, index: usize) -> String {
        format!("{}/{index}", self.folder)
    }
}
