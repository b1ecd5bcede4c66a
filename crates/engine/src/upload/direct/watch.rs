//! A request with small files on its way: watched for standing still, ended when somebody cancels or
//! pauses one of its files, and its progress told as that of each.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};
use messages::engine::UploadPhase;
use transfer::transfer::STALL_MS;
use webext::xhr::Sending;
use webext::{clock, timer};

use super::lot::Item;
use super::packed;
use crate::state::Engine;
use crate::upload::refused::Refused;

/// How often it is looked at, in milliseconds.
const TICK_MS: u32 = 100;

/// The request of these files.
pub(super) struct Watch<'a> {
    engine: &'a Engine,
    files: &'a [&'a Item],
    moved: Rc<Moved>,
    running: RefCell<Option<Sending>>,
}

#[derive(Default)]
struct Moved {
    bytes: Cell<u64>,
    at: Cell<u64>,
}

impl<'a> Watch<'a> {
    pub(super) fn of(engine: &'a Engine, files: &'a [&'a Item]) -> Self {
        Self {
            engine,
            files,
            moved: Rc::default(),
            running: RefCell::default(),
        }
    }

    /// What to do with the bytes of the request that the network took.
    pub(super) fn progress(&self) -> impl FnMut(u64) + use<> + 'static {
        let moved = self.moved.clone();
        move |bytes| {
            moved.bytes.set(bytes);
            moved.at.set(clock::unix_ms());
        }
    }

    /// It is under way.
    pub(super) fn began(&self, sending: Sending) {
        self.moved.at.set(clock::unix_ms());
        self.running.replace(Some(sending));
    }

    /// Waits for the end of `work`, which sends it.
    pub(super) async fn over<T>(
        &self,
        work: impl Future<Output = Result<T, Refused>>,
    ) -> Result<T, Refused> {
        let mut work = pin!(work);
        loop {
            match select(work.as_mut(), pin!(timer::sleep_ms(TICK_MS))).await {
                Either::Left((end, _)) => return end,
                Either::Right(_) => {
                    self.tell();
                    let is_over = self.stands_still() || is_withdrawn(self.files);
                    if let Some(sending) = self.running.borrow().as_ref().filter(|_| is_over) {
                        sending.abort();
                    }
                }
            }
        }
    }

    fn stands_still(&self) -> bool {
        clock::unix_ms().saturating_sub(self.moved.at.get()) >= STALL_MS
    }

    /// The bytes are those of one file after the other.
    fn tell(&self) {
        let mut left = self.moved.bytes.get();
        for file in self.files.iter().filter(|it| !it.is_withdrawn()) {
            let sent = left.min(packed::size(file));
            left -= sent;
            let phase = UploadPhase::Sending {
                sent,
                rate: 0,
                seconds_left: None,
            };
            let changed = file
                .upload
                .change(|view| std::mem::replace(&mut view.phase, phase.clone()) != phase);
            if changed {
                self.engine.publish_upload(file.upload.view());
            }
        }
    }
}

/// Whether somebody cancelled or paused one of them.
pub(super) fn is_withdrawn(files: &[&Item]) -> bool {
    files.iter().any(|it| it.is_withdrawn())
}

/// Waits, unless somebody cancels or pauses one of them.
pub(super) async fn rest(files: &[&Item], milliseconds: u64) {
    let end = clock::unix_ms() + milliseconds;
    while clock::unix_ms() < end && !is_withdrawn(files) {
        timer::sleep_ms(TICK_MS).await;
    }
}
