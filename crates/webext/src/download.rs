//! Fetching a file as a `Blob`, with progress. The browser keeps the bytes in its own blob storage,
//! on the disk when they are many: they pass through no page's memory.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest, XmlHttpRequestResponseType};

/// Why a file was not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The connection failed, or the host is not allowed.
    #[error("the connection failed")]
    Network,
    /// The server answered with this status.
    #[error("the server answered {0}")]
    Status(u16),
    /// The browser had no room for it.
    #[error("the browser could not keep the file")]
    NoRoom,
}

/// Ends a request when nobody waits for it any more.
struct Request(XmlHttpRequest);

impl Drop for Request {
    fn drop(&mut self) {
        let _ = self.0.abort();
    }
}

/// Fetches `url`; `on_progress` is told the bytes received so far. Dropping the future ends it.
///
/// # Errors
/// See [`DownloadError`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a byte count
pub async fn fetch_blob(
    url: &str,
    headers: impl IntoIterator<Item = (String, String)>,
    mut on_progress: impl FnMut(u64) + 'static,
) -> Result<Blob, DownloadError> {
    let refused = |_: JsValue| DownloadError::Network;
    let request = Request(XmlHttpRequest::new().map_err(refused)?);
    let xhr = &request.0;
    xhr.open_with_async("GET", url, true).map_err(refused)?;
    xhr.set_response_type(XmlHttpRequestResponseType::Blob);
    for (name, value) in headers {
        xhr.set_request_header(&name, &value).map_err(refused)?;
    }
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let end = move |loaded: bool| {
        if let Some(sender) = sender.borrow_mut().take() {
            let _ = sender.send(loaded);
        }
    };
    let fail = end.clone();
    let loaded = Closure::<dyn FnMut()>::new(move || end(true));
    let failed = Closure::<dyn FnMut()>::new(move || fail(false));
    let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        on_progress(event.loaded() as u64);
    });
    xhr.set_onload(Some(loaded.as_ref().unchecked_ref()));
    xhr.set_onerror(Some(failed.as_ref().unchecked_ref()));
    xhr.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    xhr.send().map_err(refused)?;
    if receiver.await != Ok(true) {
        return Err(DownloadError::Network);
    }
    match xhr.status().unwrap_or_default() {
        200..300 => {}
        status => return Err(DownloadError::Status(status)),
    }
    let response = xhr.response().map_err(|_| DownloadError::NoRoom)?;
    response.dyn_into().map_err(|_| DownloadError::NoRoom)
}
