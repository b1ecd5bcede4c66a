//! One request to the cloud storage.

use keboola::upload::{Body as Wanted, ProviderRequest, Reply};
use web_sys::{Blob, File};
use webext::xhr::{self, Body, SendError, Sending};

use super::refused::Refused;
use super::size;

/// Sends a request, with `file` as the body where it asks for one.
pub(super) async fn exchange(
    request: &ProviderRequest,
    file: Option<&Blob>,
    on_progress: impl FnMut(u64) + 'static,
    began: impl FnOnce(Sending),
) -> Result<Reply, Refused> {
    let body = match (&request.body, file) {
        (Wanted::File, Some(blob)) => Body::Blob(blob),
        (Wanted::File, None) => return Err(Refused::Unreadable),
        (Wanted::Text(text), _) => Body::Text(text),
        (Wanted::Empty, _) => Body::Empty,
    };
    let (sending, reply) = xhr::send(
        request.method.as_str(),
        &request.url,
        &request.headers,
        body,
        on_progress,
    )?;
    began(sending);
    let reply = reply.await?;
    Ok(Reply {
        status: reply.status,
        headers: reply.headers,
        body: reply.body,
    })
}

impl From<SendError> for Refused {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Network => Self::Network,
            SendError::Aborted => Self::Aborted,
            SendError::Refused => Self::NotBegun,
        }
    }
}

/// A range of the file, by reference. All of it is the file itself: a slice of its own would take the
/// browser more than a millisecond.
#[allow(clippy::cast_precision_loss)] // a file's size is far below 2^53
pub(super) fn slice(file: &File, offset: u64, length: u64) -> Option<Blob> {
    if offset == 0 && length == size(file) {
        return Some(file.clone().into());
    }
    file.slice_with_f64_and_f64(offset as f64, (offset + length) as f64)
        .ok()
}
