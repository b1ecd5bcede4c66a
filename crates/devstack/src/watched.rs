//! A body that shows what passes through it and is otherwise the same: its length stays known,
//! which the object store insists on.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// A body and who looks at its chunks.
pub(crate) struct Watched<F> {
    body: Body,
    look: F,
}

impl<F: FnMut(&Bytes)> Watched<F> {
    pub(crate) fn new(body: Body, look: F) -> Self {
        Self { body, look }
    }
}

impl<F: FnMut(&Bytes) + Unpin> HttpBody for Watched<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(chunk) = frame.data_ref()
        {
            (self.look)(chunk);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
