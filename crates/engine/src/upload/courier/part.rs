//! One part: its checksum, its request, and what came of it.

use std::time::Duration;

use keboola::upload::{Checksum, ChecksumKind, Part, Receipt, Refusal};
use messages::Problem;
use transfer::transfer::{Send, Verdict};
use webext::clock;

use super::Courier;
use crate::upload::part_checksum::part_checksum;
use crate::upload::refused::Refused;
use crate::upload::request::{exchange, slice};

impl Courier<'_> {
    pub(super) async fn send_part(&self, part: Send) -> Result<Option<Receipt>, Refused> {
        if self.sequential && part.again {
            self.check_position(&part).await?;
        }
        let blob = slice(self.file, part.offset, part.length).ok_or(Refused::Unreadable)?;
        let checksum = self
            .checksum(part.offset, part.offset + part.length)
            .await
            .ok_or(Refused::Unreadable)?;
        self.pump.sending(&part);
        let wanted = Part {
            index: part.index,
            offset: part.offset,
            length: part.length,
            total: self.total,
            checksum,
        };
        let session = self.session.borrow().clone();
        let request = {
            let (target, now) = (self.target.borrow(), now());
            match &session {
                None => target.whole(now, &self.content_type, &wanted.checksum),
                // Of the whole file, when this is its end.
                Some(session) if self.sequential => {
                    target.part(now, &session.clone().expecting(&wanted.checksum), &wanted)
                }
                Some(session) => target.part(now, session, &wanted),
            }
        };
        let moved = self.pump.progress(&part);
        let began = |sending| self.pump.began(&part, sending);
        let reply = exchange(&request, Some(&blob), moved, began).await?;
        let target = self.target.borrow();
        let receipt = match session {
            None => target.read_finished(&reply).map(|()| None),
            Some(_) => target.read_part(&wanted, &reply).map(Some),
        };
        let receipt = receipt.map_err(Refused::By)?;
        if let Some(receipt) = receipt.as_ref().filter(|_| self.sequential) {
            receipt
                .check_object(&wanted.checksum)
                .map_err(Refused::By)?;
        }
        Ok(receipt)
    }

    /// An attempt at this part was made before: how much of it is there?
    pub(super) async fn check_position(&self, part: &Send) -> Result<(), Refused> {
        let Some(position) = self.position() else {
            return Ok(());
        };
        let total = self.total;
        let has = self
            .ask(&position, |to, it| to.read_position(it, total))
            .await?;
        self.pump.sending(part);
        if has == part.offset {
            return Ok(());
        }
        Err(Refused::By(Refusal::Partial { has }))
    }

    /// What the provider checks: of the part from byte `from` on, or of all bytes up to its `end`.
    pub(super) async fn checksum(&self, from: u64, end: u64) -> Option<Checksum> {
        if self.sequential {
            let mut whole = self.whole.lock().await;
            return whole.up_to(self.file, end, &self.engine.buffers).await;
        }
        let kind = self.target.borrow().checksum_kind();
        if kind == ChecksumKind::Sha256
            && end - from == self.total
            && let Some(bytes) = self.upload.view().sha256.as_deref().and_then(from_hex)
        {
            return Some(Checksum { kind, bytes });
        }
        let _turn = self.engine.digests.acquire().await;
        let blob = slice(self.file, from, end.saturating_sub(from))?;
        part_checksum(&blob, kind, &self.engine.buffers).await
    }

    pub(super) async fn part_ended(
        &self,
        part: Send,
        end: Result<Option<Receipt>, Refused>,
    ) -> Result<(), Problem> {
        let refused = match end {
            Ok(receipt) => {
                self.pump.trouble(None);
                if self.pump.transfer.borrow_mut().took(part.attempt)
                    && let Some(receipt) = receipt
                {
                    self.notes.taken(&receipt, part.offset + part.length);
                    self.receipts.borrow_mut().insert(part.index, receipt);
                }
                return Ok(());
            }
            Err(refused) => refused,
        };
        if self.pump.is_withdrawn(&part, &refused) {
            return Ok(());
        }
        let verdict = match refused {
            Refused::By(Refusal::Partial { has }) => {
                let (now, jitter) = (clock::unix_ms(), js_sys::Math::random());
                let mut transfer = self.pump.transfer.borrow_mut();
                transfer.continue_from(has, now, jitter)
            }
            // The object has other bytes, and Google would call it complete when asked again.
            Refused::By(Refusal::Mismatch) if self.sequential => return Err(self.begin_anew()),
            _ => self.pump.verdict(&part, &refused),
        };
        match verdict {
            Verdict::Again => {
                self.pump.trouble(Some(&refused));
                Ok(())
            }
            Verdict::Stale => Ok(()),
            Verdict::GiveUp => Err(self.ended_by(&refused)),
            Verdict::Renew => {
                self.renew().await?;
                self.pump.transfer.borrow_mut().renewed();
                Ok(())
            }
        }
    }
}

/// The bytes of a checksum in hex.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

fn now() -> Duration {
    Duration::from_millis(clock::unix_ms())
}
