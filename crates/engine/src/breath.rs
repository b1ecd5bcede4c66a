//! Pauses in long work: the panels of all tabs share this thread, and draw nothing while it computes.

use webext::{clock, timer};

/// How long work goes on without a pause, in milliseconds: a quarter of a frame, as the panel reads in
/// another one what was told.
const TURN_MS: f64 = 4.0;

/// Work that takes a breath now and then.
pub(crate) struct Breath {
    began: f64,
}

impl Breath {
    /// Begins.
    pub(crate) fn new() -> Self {
        Self {
            began: clock::now_ms(),
        }
    }

    /// Lets others have the thread when it was held for long enough.
    pub(crate) async fn take(&mut self) {
        if clock::now_ms() - self.began >= TURN_MS {
            timer::sleep_ms(0).await;
            self.began = clock::now_ms();
        }
    }
}
