//! Output of one process, given to everybody who listens at that moment. Nothing is kept: who comes
//! later has missed it, as on the service. A slow listener holds the process back; one that left does
//! not.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

/// Chunks waiting for one listener before the process has to wait.
const WAITING: usize = 64;

/// A ready-made frame.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Data(Bytes),
    End(Bytes),
}

#[derive(Debug, Default)]
struct State {
    listeners: Vec<mpsc::Sender<Event>>,
    end: Option<Bytes>,
}

#[derive(Debug, Default)]
pub(super) struct Feed {
    state: Mutex<State>,
}

impl Feed {
    /// Listens from now on. After the end there is the end event only.
    pub(super) fn listen(&self) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.end {
            // A fresh channel has room for one event.
            Some(end) => drop(sender.try_send(Event::End(end.clone()))),
            None => state.listeners.push(sender),
        }
        receiver
    }

    /// Whether a chunk would be seen by anyone.
    pub(super) fn is_heard(&self) -> bool {
        !self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .listeners
            .is_empty()
    }

    /// Gives a chunk to every listener, waiting for the slow ones.
    pub(super) async fn publish(&self, chunk: Bytes) {
        let listeners = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .listeners
            .clone();
        let mut left = false;
        for listener in &listeners {
            left |= listener.send(Event::Data(chunk.clone())).await.is_err();
        }
        if left {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.listeners.retain(|listener| !listener.is_closed());
        }
    }

    /// Ends the feed for those who listen and those who will.
    pub(super) async fn end(&self, end: Bytes) {
        let listeners = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.end = Some(end.clone());
            std::mem::take(&mut state.listeners)
        };
        for listener in listeners {
            // A listener that left needs no end.
            let _ = listener.send(Event::End(end.clone())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn listeners_get_what_comes_after_them_and_always_the_end() {
        let feed = Feed::default();
        feed.publish(Bytes::from_static(b"missed")).await;
        let mut early = feed.listen();
        drop(feed.listen());
        feed.publish(Bytes::from_static(b"seen")).await;
        feed.end(Bytes::from_static(b"end")).await;
        let mut late = feed.listen();
        assert!(matches!(early.recv().await, Some(Event::Data(chunk)) if chunk == "seen"));
        assert!(matches!(early.recv().await, Some(Event::End(end)) if end == "end"));
        assert!(matches!(late.recv().await, Some(Event::End(end)) if end == "end"));
    }
}
