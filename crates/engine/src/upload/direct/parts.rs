//! A large file in parts: beside each other into a folder of their own, then joined at its place.

use std::rc::Rc;

use e2b::{Envd, EnvdError};
use messages::{Problem, ProblemCode};
use transfer::layout::{Layout, Rules, layout};
use transfer::transfer::{Send, Verdict};
use web_sys::File;
use webext::fetch::Fetch;
use webext::timer;

use super::{body, ended_by};
use crate::run::Lease;
use crate::state::Engine;
use crate::upload::Upload;
use crate::upload::pump::Pump;
use crate::upload::refused::Refused;
use crate::upload::request::slice;

/// Where parts stand until they are joined.
const PARTS: &str = "/tmp/.kbc-e2b/uploads";

/// Bytes of a part: within what reference/e2b.md §3.3 recommends.
const PART: u64 = 16 * 1024 * 1024;

/// Waits between the tries of a join, in milliseconds.
const JOIN_MS: [u32; 3] = [300, 1_000, 3_000];

/// One file on its way.
pub(super) struct Parts<'a> {
    envd: Envd<'static, Fetch>,
    file: &'a File,
    folder: String,
    pump: Pump<'a>,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// `FileTooLarge` for what ten thousand parts cannot hold.
    pub(super) fn new(
        engine: &'a Rc<Engine>,
        upload: &'a Rc<Upload>,
        lease: &Lease,
        file: &'a File,
    ) -> Result<Self, Problem> {
        let bytes = upload.view().bytes;
        // envd has no limit of its own; the disk of the sandbox has.
        let rules = Rules {
            part: PART,
            single_max: u64::MAX,
            part_min: 1,
            part_max: u64::MAX,
            part_multiple: 1,
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
            envd: lease.envd()?,
            file,
            folder: format!("{PARTS}/{}", upload.id()),
            pump: Pump::new(engine, upload, (bytes, size, false)),
        })
    }

    /// Sends all of them.
    ///
    /// # Errors
    /// `UploadCancelled`, `FileUnreadable`, `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`.
    pub(super) async fn send(&self) -> Result<(), Problem> {
        let send = async |part| self.send_part(part).await;
        let ended = async |part, end| self.part_ended(&part, end);
        self.pump.run(send, ended).await
    }

    async fn send_part(&self, part: Send) -> Result<(), Refused> {
        let blob = slice(self.file, part.offset, part.length).ok_or(Refused::Unreadable)?;
        let request = self
            .envd
            .upload_request(&self.path(part.index as usize), &body::boundary());
        let request = request.map_err(Refused::Sandbox)?;
        self.pump.sending(&part);
        let began = |sending| self.pump.began(&part, sending);
        body::send(&request, &[blob], self.pump.progress(&part), began).await
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
            // The sandbox's token lasts as long as the sandbox.
            Verdict::GiveUp | Verdict::Renew => Err(ended_by(&refused, self.file)),
        }
    }

    /// Makes the file of them, at `path`. A lost answer is no failure: whether the file is there, its
    /// checksum tells.
    ///
    /// # Errors
    /// `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`.
    pub(super) async fn join(&self, path: &str) -> Result<(), Problem> {
        let parts = self.pump.transfer.borrow().parts();
        let paths: Vec<String> = (0..parts).map(|index| self.path(index)).collect();
        let mut waits = JOIN_MS.into_iter();
        let mut asked_before = false;
        loop {
            let error = match self.envd.join(&paths, path).await {
                Ok(()) => return Ok(()),
                // The parts went into the file when it was asked for the first time.
                Err(EnvdError::NotFound { .. }) if asked_before => return Ok(()),
                Err(error) => error,
            };
            asked_before = true;
            match waits.next().filter(|_| error.is_transient()) {
                Some(wait) => timer::sleep_ms(wait).await,
                None => return Err(ended_by(&Refused::Sandbox(error), self.file)),
            }
        }
    }

    /// Removes the folder of the parts.
    pub(super) async fn discard(&self) {
        // What stays, in a folder for what passes, goes with the sandbox.
        let _ = self.envd.remove(&self.folder).await;
    }

    fn path(&self, index: usize) -> String {
        format!("{}/{index}", self.folder)
    }
}
