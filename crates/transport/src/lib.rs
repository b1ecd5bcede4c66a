//! HTTP as the pure crates see it: a request, a reply, a trait.
//!
//! The crates that speak to Keboola and e2b build an [`http::Request`] and read an
//! [`http::Response`]; who carries them is not their concern. In the browser it is `fetch`
//! (crate `webext`), in native tests and tools it is `NativeHttp` (feature `native`), and in unit
//! tests it is `testing::Script` (feature `testing`), which never touches a network.
//!
//! Invariant: a carrier follows no redirect. Our requests bear tokens in headers of their own,
//! which a client that follows redirects would hand to whatever host it is sent to.

mod error;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "testing")]
pub mod testing;
mod timeout;

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;

pub use error::HttpError;
#[cfg(feature = "native")]
pub use native::{NativeHttp, NativeHttpBuilder, NativeHttpError};
pub use timeout::Timeout;

/// Carries requests. Every reply with a status is a success here, 500 included: what a status
/// means is the caller's knowledge.
// The futures are not `Send`, on purpose: in the browser nothing is, and our tools drive them on
// one thread.
#[allow(async_fn_in_trait)]
pub trait Http {
    /// The reply's body as it arrives. A body that ends early gives [`HttpError::Broken`].
    type Body: Stream<Item = Result<Bytes, HttpError>> + Unpin;

    /// Sends a request and collects the whole reply.
    ///
    /// A [`Timeout`] among the request's extensions bounds the exchange; without one it is
    /// [`Timeout::DEFAULT`].
    ///
    /// # Errors
    /// When there is no whole reply.
    async fn send(&self, request: http::Request<Bytes>)
    -> Result<http::Response<Bytes>, HttpError>;

    /// Sends a request and returns as soon as the reply's head is there.
    ///
    /// The [`Timeout`] bounds the wait for the head only; a stream may go on for hours. Dropping
    /// the body ends the exchange.
    ///
    /// # Errors
    /// When there is no head.
    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError>;

    /// Waits before a request is sent again, and answers `true`. A carrier that cannot wait answers
    /// `false` at once; then the caller gives up instead.
    async fn pause(&self, _time: Duration) -> bool {
        false
    }

    /// A random number from 0 to 1, by which pauses differ.
    fn jitter(&self) -> f64 {
        1.0
    }
}
