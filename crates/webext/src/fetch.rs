//! [`transport::Http`] on the browser's fetch.

use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use futures::{Stream, StreamExt};
use js_sys::{Function, Uint8Array};
use transport::{Http, HttpError, Timeout};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCredentials, RequestInit, RequestRedirect, Response};

use crate::runtime::{describe, get};
use crate::timer;

/// What a call waits for its answer when it names no [`Timeout`]: e2b's own server limit is 70 s
/// (reference e2b §2.1).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(75);

/// The browser's fetch. Sends no cookies and keeps nothing in the HTTP cache.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

impl Http for Fetch {
    type Body = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, HttpError>>>>;

    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let limit = timeout(&request);
        let abort = AbortController::new().map_err(|error| broken(&error))?;
        let whole = async {
            let response = begin(request, &abort).await?;
            let body = response.array_buffer().map_err(|error| broken(&error))?;
            let body = JsFuture::from(body).await.map_err(|error| broken(&error))?;
            let body = Uint8Array::new(&body).to_vec();
            reply(&response, Bytes::from(body))
        };
        within(limit, &abort, whole).await
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError> {
        let limit = timeout(&request);
        let abort = AbortController::new().map_err(|error| broken(&error))?;
        let response = within(limit, &abort, begin(request, &abort)).await?;
        let guard = AbortOnDrop(abort);
        let body: Self::Body = match response.body() {
            None => Box::pin(futures::stream::empty()),
            Some(stream) => {
                let chunks = wasm_streams::ReadableStream::from_raw(stream).into_stream();
                Box::pin(chunks.map(move |chunk| {
                    let _keep = &guard;
                    match chunk {
                        Ok(chunk) => Ok(Bytes::from(Uint8Array::new(&chunk).to_vec())),
                        Err(error) => Err(HttpError::Broken(describe(&error))),
                    }
                }))
            }
        };
        reply(&response, body)
    }

    async fn pause(&self, time: Duration) -> bool {
        let ms = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        crate::timer::sleep_ms(ms).await;
        true
    }

    fn jitter(&self) -> f64 {
        js_sys::Math::random()
    }
}

/// Ends the request when the reader of its body goes away.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn timeout(request: &http::Request<Bytes>) -> Duration {
    request
        .extensions()
        .get::<Timeout>()
        .map_or(DEFAULT_TIMEOUT, |timeout| timeout.0)
}

async fn within<T>(
    limit: Duration,
    abort: &AbortController,
    work: impl Future<Output = Result<T, HttpError>>,
) -> Result<T, HttpError> {
    let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
    match select(std::pin::pin!(work), std::pin::pin!(timer::sleep_ms(limit))).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => {
            abort.abort();
            Err(HttpError::TimedOut)
        }
    }
}

async fn begin(
    request: http::Request<Bytes>,
    abort: &AbortController,
) -> Result<Response, HttpError> {
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_credentials(RequestCredentials::Omit);
    // A followed redirect would carry our token to wherever it leads.
    init.set_redirect(RequestRedirect::Error);
    init.set_signal(Some(&abort.signal()));
    crate::runtime::set(&init, "cache", &"no-store".into());
    let headers = web_sys::Headers::new().map_err(|error| broken(&error))?;
    for (name, value) in request.headers() {
        let value = value
            .to_str()
            .map_err(|_| HttpError::Unreachable("a header is not text".to_owned()))?;
        headers
            .append(name.as_str(), value)
            .map_err(|error| broken(&error))?;
    }
    init.set_headers(&headers);
    if !request.body().is_empty() {
        init.set_body(&Uint8Array::from(request.body().as_ref()));
    }
    // `fetch` is a property of the window and of the worker's global alike.
    let fetch: Function = get(&js_sys::global(), "fetch")
        .dyn_into()
        .map_err(|_| HttpError::Unreachable("no fetch here".to_owned()))?;
    let url = JsValue::from_str(&request.uri().to_string());
    let promise = fetch
        .call2(&JsValue::UNDEFINED, &url, &init)
        .map_err(|error| broken(&error))?;
    JsFuture::from(js_sys::Promise::from(promise))
        .await
        .map(JsCast::unchecked_into)
        .map_err(|error| HttpError::Unreachable(describe(&error)))
}

fn reply<B>(response: &Response, body: B) -> Result<http::Response<B>, HttpError> {
    let mut builder = http::Response::builder().status(response.status());
    let entries = js_sys::try_iter(&response.headers()).ok().flatten();
    for entry in entries.into_iter().flatten().flatten() {
        let pair = js_sys::Array::from(&entry);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            builder = builder.header(name, value);
        }
    }
    builder
        .body(body)
        .map_err(|error| HttpError::Broken(error.to_string()))
}

fn broken(error: &JsValue) -> HttpError {
    HttpError::Broken(describe(error))
}
