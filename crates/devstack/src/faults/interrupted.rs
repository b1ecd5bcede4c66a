//! A body that comes to its end too early, or not for a while.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// What happens after the bytes that get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The body ends in an error, and with it the connection.
    Break,
    /// Nothing for this long; then the rest.
    Stall(Duration),
}

/// Before a break: what got through must have left every buffer, which a broken connection drops.
const FLUSH: Duration = Duration::from_millis(150);

/// Where it is.
enum State {
    /// So many bytes still get through.
    Passing(u64),
    /// Nothing does.
    Waiting(Pin<Box<Sleep>>),
    /// All the rest does, or nothing ever again.
    Over,
}

/// A body of which so many bytes get through before it is interrupted. Its announced length stays.
pub(crate) struct Interrupted {
    body: Body,
    /// What of the last piece has to wait.
    held: Option<Bytes>,
    state: State,
    then: Then,
}

impl Interrupted {
    pub(crate) fn new(body: Body, bytes: u64, then: Then) -> Self {
        Self {
            body,
            held: None,
            state: State::Passing(bytes),
            then,
        }
    }
}

impl HttpBody for Interrupted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let this = &mut *self;
            match &mut this.state {
                State::Passing(0) => {
                    let time = match this.then {
                        Then::Break => FLUSH,
                        Then::Stall(time) => time,
                    };
                    this.state = State::Waiting(Box::pin(sleep(time)));
                }
                State::Passing(left) => {
                    let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
                    let Some(Ok(frame)) = frame else {
                        return Poll::Ready(frame);
                    };
                    let Ok(mut piece) = frame.into_data() else {
                        continue;
                    };
                    let whole = piece.len() as u64;
                    if whole >= *left {
                        let through = usize::try_from(*left).unwrap_or(piece.len());
                        this.held = Some(piece.split_off(through)).filter(|rest| !rest.is_empty());
                    }
                    *left = left.saturating_sub(whole);
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    this.state = State::Over;
                }
                State::Over if this.then == Then::Break => {
                    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                    return Poll::Ready(Some(Err(axum::Error::new(error))));
                }
                State::Over => {
                    return match this.held.take() {
                        Some(rest) => Poll::Ready(Some(Ok(Frame::data(rest)))),
                        None => Pin::new(&mut this.body).poll_frame(context),
                    };
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.as_ref().map_or(0, Bytes::len) as u64;
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn body() -> Body {
        Body::from("0123456789")
    }

    #[tokio::test]
    async fn a_break_comes_after_its_bytes_and_a_short_body_never_meets_it() {
        let broken = Body::new(Interrupted::new(body(), 4, Then::Break));
        let mut read = Vec::new();
        let mut broken = std::pin::pin!(broken.into_data_stream());
        while let Some(Ok(piece)) = futures::StreamExt::next(&mut broken).await {
            read.extend(piece);
        }
        assert_eq!(read, b"0123");
        let short = Body::new(Interrupted::new(body(), 11, Then::Break));
        assert_eq!(axum::body::to_bytes(short, 99).await.unwrap(), "0123456789");
    }

    #[tokio::test]
    async fn a_stall_keeps_every_byte_and_the_length() {
        let wait = Duration::from_millis(30);
        for bytes in [0, 3, 10] {
            let stalled = Interrupted::new(body(), bytes, Then::Stall(wait));
            assert_eq!(stalled.size_hint().exact(), Some(10));
            let begun = Instant::now();
            let read = axum::body::to_bytes(Body::new(stalled), 99).await.unwrap();
            assert_eq!(read, "0123456789");
            assert!(begun.elapsed() >= wait, "{bytes}");
        }
    }
}
