//! The wish of a person that an upload ends: asked for once, looked at or waited for anywhere.

use std::cell::{Cell, RefCell};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

/// Whether an upload is to end.
pub(super) struct Cancel {
    asked: Cell<bool>,
    ask: RefCell<Option<oneshot::Sender<()>>>,
    waited: Shared<oneshot::Receiver<()>>,
}

impl Default for Cancel {
    fn default() -> Self {
        let (ask, waited) = oneshot::channel();
        Self {
            asked: Cell::new(false),
            ask: RefCell::new(Some(ask)),
            waited: waited.shared(),
        }
    }
}

impl Cancel {
    pub(super) fn ask(&self) {
        self.asked.set(true);
        if let Some(ask) = self.ask.take() {
            let _ = ask.send(());
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.get()
    }

    /// Ends when it is asked for.
    pub(super) fn waited(&self) -> impl Future<Output = ()> + Unpin + use<> {
        self.waited.clone().map(|_| ())
    }
}
