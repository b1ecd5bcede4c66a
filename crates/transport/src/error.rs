//! Why there is no reply.

use thiserror::Error;

/// There is no reply, or not all of it. A text in it never holds a header of the request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// No connection: the name, the network, TLS, or the browser's refusal, in the carrier's words.
    #[error("could not connect: {0}")]
    Unreachable(String),
    /// The time allowed was over first.
    #[error("no answer in time")]
    TimedOut,
    /// The caller gave up.
    #[error("the request was aborted")]
    Aborted,
    /// The connection broke in the middle of the reply's body.
    #[error("the connection broke: {0}")]
    Broken(String),
}
