//! What the person sees of an upload on its way.

use messages::engine::UploadPhase;
use webext::clock;

use super::Courier;
use crate::upload::refused::Refused;

impl Courier<'_> {
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
