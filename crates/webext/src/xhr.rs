//! A PUT of a `Blob` with the progress of the bytes that the network took: what fetch cannot tell.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// How a PUT ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The connection failed, the host is not allowed, or the file could not be read.
    #[error("the connection failed")]
    Network,
    /// [`PutHandle::abort`] was called.
    #[error("cancelled")]
    Aborted,
    /// The request could not even begin.
    #[error("the request was refused by the browser")]
    Refused,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutReply {
    /// HTTP status.
    pub status: u16,
    /// Body, as text.
    pub body: String,
}

/// Stops a PUT that is under way.
#[derive(Clone, Debug)]
pub struct PutHandle(XmlHttpRequest);

impl PutHandle {
    /// Ends it; its future resolves to [`PutError::Aborted`].
    pub fn abort(&self) {
        let _ = self.0.abort();
    }
}

/// Sends `blob` and calls `on_progress` with the bytes sent so far.
///
/// # Errors
/// See [`PutError`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a byte count
pub fn put<F: FnMut(u64) + 'static>(
    url: &str,
    headers: &[(String, String)],
    blob: &Blob,
    mut on_progress: F,
) -> Result<
    (
        PutHandle,
        impl Future<Output = Result<PutReply, PutError>> + use<F>,
    ),
    PutError,
> {
    let xhr = XmlHttpRequest::new().map_err(|_| PutError::Refused)?;
    xhr.open_with_async("PUT", url, true)
        .map_err(|_| PutError::Refused)?;
    for (name, value) in headers {
        xhr.set_request_header(name, value)
            .map_err(|_| PutError::Refused)?;
    }
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let settle = move |end: Result<(), PutError>| {
        if let Some(sender) = sender.borrow_mut().take() {
            let _ = sender.send(end);
        }
    };
    let ended = |end: Result<(), PutError>| {
        let settle = settle.clone();
        Closure::<dyn FnMut()>::new(move || settle(end))
    };
    let (on_load, on_error, on_abort) = (
        ended(Ok(())),
        ended(Err(PutError::Network)),
        ended(Err(PutError::Aborted)),
    );
    let on_progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        on_progress(event.loaded() as u64);
    });
    xhr.set_onload(Some(on_load.as_ref().unchecked_ref()));
    xhr.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    xhr.set_onabort(Some(on_abort.as_ref().unchecked_ref()));
    if let Ok(upload) = xhr.upload() {
        upload.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
    }
    xhr.send_with_opt_blob(Some(blob))
        .map_err(|_| PutError::Refused)?;
    let handle = PutHandle(xhr.clone());
    let reply = async move {
        let _listeners = (on_load, on_error, on_abort, on_progress);
        receiver.await.unwrap_or(Err(PutError::Aborted))?;
        Ok(PutReply {
            status: xhr.status().unwrap_or_default(),
            body: xhr.response_text().ok().flatten().unwrap_or_default(),
        })
    };
    Ok((handle, reply))
}
