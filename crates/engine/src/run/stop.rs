//! Stopping: a wish that whoever works on the run can wait for.

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};

/// Whether Stop was pressed.
#[derive(Default)]
pub(crate) struct Stop {
    asked: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Stop {
    /// Stop was pressed.
    pub(crate) fn ask(&self) {
        self.asked.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether it was.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.get()
    }

    /// Resolves once it is. One at a time may wait.
    pub(crate) async fn asked(&self) {
        std::future::poll_fn(|context| {
            if self.asked.get() {
                return Poll::Ready(());
            }
            self.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
