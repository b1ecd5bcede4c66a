//! A request whose body may be a `Blob`, with the progress of the bytes that the network took: what
//! fetch cannot tell.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// How a request ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection failed, the host is not allowed, or the file could not be read.
    #[error("the connection failed")]
    Network,
    /// [`Sending::abort`] was called.
    #[error("cancelled")]
    Aborted,
    /// The request could not even begin.
    #[error("the request was refused by the browser")]
    Refused,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Read from the disk by the browser as it goes.
    Blob(&'a Blob),
    /// A text.
    Text(&'a str),
    /// Nothing.
    Empty,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, as text.
    pub body: String,
}

/// Stops a request that is under way.
#[derive(Clone, Debug)]
pub struct Sending(XmlHttpRequest);

impl Sending {
    /// Ends it; its future resolves to [`SendError::Aborted`].
    pub fn abort(&self) {
        let _ = self.0.abort();
    }
}

/// Sends a request and calls `on_progress` with the bytes of the body sent so far.
///
/// # Errors
/// See [`SendError`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a byte count
pub fn send<F: FnMut(u64) + 'static>(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: Body<'_>,
    mut on_progress: F,
) -> Result<
    (
        Sending,
        impl Future<Output = Result<Reply, SendError>> + use<F>,
    ),
    SendError,
> {
    let refused = |_: JsValue| SendError::Refused;
    let xhr = XmlHttpRequest::new().map_err(refused)?;
    xhr.open_with_async(method, url, true).map_err(refused)?;
    for (name, value) in headers {
        xhr.set_request_header(name, value).map_err(refused)?;
    }
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let settle = move |end: Result<(), SendError>| {
        if let Some(sender) = sender.borrow_mut().take() {
            let _ = sender.send(end);
        }
    };
    let ended = |end: Result<(), SendError>| {
        let settle = settle.clone();
        Closure::<dyn FnMut()>::new(move || settle(end))
    };
    let (on_load, on_error, on_abort) = (
        ended(Ok(())),
        ended(Err(SendError::Network)),
        ended(Err(SendError::Aborted)),
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
    match body {
        Body::Blob(blob) => xhr.send_with_opt_blob(Some(blob)),
        Body::Text(text) => xhr.send_with_opt_str(Some(text)),
        Body::Empty => xhr.send(),
    }
    .map_err(refused)?;
    let handle = Sending(xhr.clone());
    let reply = async move {
        let _listeners = (on_load, on_error, on_abort, on_progress);
        receiver.await.unwrap_or(Err(SendError::Aborted))?;
        Ok(Reply {
            status: xhr.status().unwrap_or_default(),
            headers: headers_of(&xhr),
            body: xhr.response_text().ok().flatten().unwrap_or_default(),
        })
    };
    Ok((handle, reply))
}

fn headers_of(xhr: &XmlHttpRequest) -> Vec<(String, String)> {
    xhr.get_all_response_headers()
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}
