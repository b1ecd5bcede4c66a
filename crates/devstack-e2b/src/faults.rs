//! Failures on demand: the next requests to the API or to envd fail in a chosen way. The switches
//! live here, in the stand-in, never in the product.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

/// Which side fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    Api,
    Envd,
}

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// Answers with this status and `{code, message}` without doing anything; with `text`, as a proxy does
    /// that knows no JSON.
    Status {
        status: StatusCode,
        message: Option<String>,
        error_code: Option<String>,
        text: bool,
        retry_after: Option<u64>,
    },
    /// Drops the connection without an answer.
    Reset,
    /// Answers only after that time, or never; `late` when the request is done at once.
    Stall { time: Option<Duration>, late: bool },
    /// Lets the request through and drops the connection after that time, as a proxy does that has
    /// waited for long enough. What the request began goes on.
    Abandon { after: Duration },
    /// Lets the request through and breaks its answer after that many bytes of body, or says nothing more.
    CutStream { after: usize, silently: bool },
}

/// One order for failures, as it is sent. It is one flat object: serde cannot buffer numbers for
/// tagged enums while this workspace keeps the spelling of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    target: Side,
    /// `status`, `text` (a status in a proxy's words), `reset`, `stall`, `late`, `abandon`,
    /// `cut-stream-after-bytes` or `silence-stream-after-bytes`.
    action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    /// How many requests fail (1).
    #[serde(default = "once")]
    count: u32,
    /// Only requests whose path holds this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Only requests of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
}

fn once() -> u32 {
    1
}

impl Order {
    fn action(&self) -> Result<Action, String> {
        match self.action.as_str() {
            "status" | "text" => Ok(Action::Status {
                status: self
                    .status
                    .and_then(|status| StatusCode::from_u16(status).ok())
                    .ok_or("this action needs `status`, a number from 100 to 999")?,
                message: self.message.clone(),
                error_code: self.error_code.clone(),
                text: self.action == "text",
                retry_after: self.retry_after,
            }),
            "reset" => Ok(Action::Reset),
            "stall" | "late" => Ok(Action::Stall {
                time: self.seconds.map(Duration::from_secs),
                late: self.action == "late",
            }),
            "abandon" => Ok(Action::Abandon {
                after: self
                    .seconds
                    .map(Duration::from_secs)
                    .ok_or("action `abandon` needs `seconds`")?,
            }),
            "cut-stream-after-bytes" | "silence-stream-after-bytes" => Ok(Action::CutStream {
                after: self.bytes.ok_or("this action needs `bytes`")?,
                silently: self.action == "silence-stream-after-bytes",
            }),
            other => Err(format!(
                "no such action: {other:?}; there are status, text, reset, stall, late, abandon, \
                 cut-stream-after-bytes and silence-stream-after-bytes"
            )),
        }
    }
}

#[derive(Debug)]
struct Fault {
    order: Order,
    action: Action,
}

/// The orders that are open, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    open: Mutex<Vec<Fault>>,
    breaks: watch::Sender<()>,
}

impl Faults {
    /// Takes an order, or says what is wrong with it.
    pub(crate) fn add(&self, order: Order) -> Result<(), String> {
        let action = order.action()?;
        self.locked().push(Fault { order, action });
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.locked().clear();
    }

    /// Breaks every stream that is open.
    pub(crate) fn break_streams(&self) {
        self.breaks.send_replace(());
    }

    pub(crate) fn list(&self) -> Vec<Order> {
        self.locked()
            .iter()
            .map(|fault| fault.order.clone())
            .collect()
    }

    /// Takes the fault that this request must suffer.
    fn take(&self, side: Side, method: &str, path: &str) -> Option<Action> {
        let mut open = self.locked();
        let fault = open.iter_mut().find(|Fault { order, .. }| {
            order.target == side
                && order.count > 0
                && order
                    .path
                    .as_ref()
                    .is_none_or(|part| path.contains(part.as_str()))
                && order
                    .method
                    .as_ref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        })?;
        fault.order.count -= 1;
        let action = fault.action.clone();
        open.retain(|fault| fault.order.count > 0);
        Some(action)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request, or fails it as ordered.
    pub(crate) async fn apply(
        &self,
        side: Side,
        request: Request,
        answer: impl AsyncFnOnce(Request) -> Response,
    ) -> Response {
        match self.take(side, request.method().as_str(), request.uri().path()) {
            None => breakable(answer(request).await, self.breaks.subscribe()),
            Some(Action::Status {
                status,
                message,
                text: true,
                ..
            }) => {
                let words = message.unwrap_or_default();
                match words.starts_with('<') {
                    true => (status, Html(words)).into_response(),
                    false => (status, words).into_response(),
                }
            }
            Some(Action::Status {
                status,
                message,
                error_code,
                retry_after,
                ..
            }) => refuse(status, message, error_code, retry_after),
            Some(Action::Reset) => hang_up(),
            Some(Action::Abandon { after }) => {
                let _ = tokio::time::timeout(after, answer(request)).await;
                hang_up()
            }
            Some(Action::Stall { time, late }) => {
                let pause = async {
                    match time {
                        Some(time) => tokio::time::sleep(time).await,
                        None => std::future::pending().await,
                    }
                };
                if late {
                    let response = answer(request).await;
                    pause.await;
                    return response;
                }
                pause.await;
                answer(request).await
            }
            Some(Action::CutStream { after, silently }) => {
                cut(answer(request).await, after, silently)
            }
        }
    }
}

/// Unwinding ends the connection's task, so the client sees a connection that just closes.
fn hang_up() -> ! {
    std::panic::resume_unwind(Box::new("a fault was ordered: reset"))
}

fn refuse(
    status: StatusCode,
    message: Option<String>,
    error_code: Option<String>,
    retry_after: Option<u64>,
) -> Response {
    let message =
        message.unwrap_or_else(|| status.canonical_reason().unwrap_or("fault").to_owned());
    let mut body = json!({ "code": status.as_u16(), "message": message });
    if let Some(code) = error_code {
        body["error_code"] = code.into();
    }
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A stream that breaks when it is told to; any other answer as it is.
fn breakable(response: Response, breaks: watch::Receiver<()>) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/connect+json") {
        return response;
    }
    let (parts, body) = response.into_parts();
    let chunks = body.into_data_stream();
    let whole = stream::unfold(Some((chunks, breaks)), |state| async move {
        let (mut chunks, mut breaks) = state?;
        tokio::select! {
            Ok(()) = breaks.changed() => {
                let broken = io::Error::new(io::ErrorKind::ConnectionReset, "streams are to break");
                Some((Err(broken), None))
            }
            chunk = chunks.next() => Some((chunk?.map_err(io::Error::other), Some((chunks, breaks)))),
        }
    });
    Response::from_parts(parts, Body::from_stream(whole))
}

fn cut(response: Response, bytes: usize, silently: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    // With its length told, a client could not mistake the rest; it is told as the real one would be.
    parts.headers.remove(header::TRANSFER_ENCODING);
    let chunks = body.into_data_stream();
    let cut = stream::unfold(Some((chunks, bytes)), move |state| async move {
        let (mut chunks, left) = state?;
        if left == 0 {
            if silently {
                std::future::pending::<()>().await;
            }
            return Some((
                Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "a fault was ordered: cut",
                )),
                None,
            ));
        }
        let chunk = chunks.next().await?.map_err(io::Error::other);
        let chunk = chunk.map(|chunk: Bytes| chunk.slice(..chunk.len().min(left)));
        let left = left - chunk.as_ref().map_or(0, Bytes::len);
        Some((chunk, Some((chunks, left))))
    });
    Response::from_parts(parts, Body::from_stream(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: &serde_json::Value) -> Order {
        serde_json::from_str(&json.to_string()).unwrap()
    }

    #[test]
    fn a_fault_hits_the_requests_it_names_and_only_as_often_as_ordered() {
        let faults = Faults::default();
        faults.add(order(&json!({ "target": "envd", "action": "status", "status": 503, "path": "/files", "method": "post", "count": 2 }))).unwrap();
        faults
            .add(order(&json!({ "target": "api", "action": "reset" })))
            .unwrap();
        let status = Action::Status {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: None,
            error_code: None,
            text: false,
            retry_after: None,
        };
        for (side, method, path, expected) in [
            (Side::Envd, "GET", "/files", None),
            (Side::Envd, "POST", "/process.Process/Start", None),
            (Side::Envd, "POST", "/files", Some(status.clone())),
            (Side::Envd, "POST", "/files", Some(status)),
            (Side::Envd, "POST", "/files", None),
            (Side::Api, "GET", "/sandboxes", Some(Action::Reset)),
            (Side::Api, "GET", "/sandboxes", None),
        ] {
            assert_eq!(faults.take(side, method, path), expected, "{method} {path}");
        }
        assert_eq!(faults.list(), []);
        assert!(
            faults
                .add(order(&json!({ "target": "api", "action": "status" })))
                .is_err()
        );
        assert!(
            faults
                .add(order(&json!({ "target": "api", "action": "explode" })))
                .is_err()
        );
    }

    #[tokio::test]
    async fn streams_break_when_they_are_told_to_and_other_answers_do_not() {
        let faults = Faults::default();
        let endless = async |kind: &'static str| {
            let request = Request::new(Body::empty());
            let answer = async |_| {
                let chunks = stream::iter([Ok::<_, io::Error>("a")]).chain(stream::pending());
                ([(header::CONTENT_TYPE, kind)], Body::from_stream(chunks)).into_response()
            };
            let response = faults.apply(Side::Envd, request, answer).await;
            response.into_body().into_data_stream()
        };
        let mut stream = endless("application/connect+json").await;
        let mut file = endless("text/plain").await;
        assert_eq!(stream.next().await.unwrap().unwrap(), "a");
        assert_eq!(file.next().await.unwrap().unwrap(), "a");
        faults.break_streams();
        assert!(stream.next().await.unwrap().is_err());
        let more = tokio::time::timeout(Duration::from_millis(50), file.next()).await;
        assert!(more.is_err(), "{more:?}");
        let mut later = endless("application/connect+json").await;
        assert_eq!(later.next().await.unwrap().unwrap(), "a");
    }

    #[tokio::test]
    async fn a_silent_stream_gives_its_bytes_and_then_nothing() {
        let faults = Faults::default();
        let silence =
            json!({ "target": "envd", "action": "silence-stream-after-bytes", "bytes": 5 });
        faults.add(order(&silence)).unwrap();
        let request = Request::new(Body::empty());
        let response = faults
            .apply(Side::Envd, request, async |_| "0123456789".into_response())
            .await;
        let mut chunks = response.into_body().into_data_stream();
        assert_eq!(chunks.next().await.unwrap().unwrap(), "01234");
        let more = tokio::time::timeout(Duration::from_millis(50), chunks.next()).await;
        assert!(more.is_err(), "{more:?}");
    }

    #[tokio::test]
    async fn a_proxys_words_are_no_json() {
        let faults = Faults::default();
        let words =
            json!({ "target": "envd", "action": "text", "status": 502, "message": "upstream" });
        faults.add(order(&words)).unwrap();
        let request = Request::new(Body::empty());
        let response = faults
            .apply(Side::Envd, request, async |_| "".into_response())
            .await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        let body = axum::body::to_bytes(response.into_body(), 99)
            .await
            .unwrap();
        assert_eq!(body, "upstream");
    }

    #[tokio::test]
    async fn a_cut_stream_gives_its_bytes_and_then_an_error() {
        let faults = Faults::default();
        faults
            .add(order(
                &json!({ "target": "envd", "action": "cut-stream-after-bytes", "bytes": 5 }),
            ))
            .unwrap();
        let request = Request::new(Body::empty());
        let response = faults
            .apply(Side::Envd, request, async |_| "0123456789".into_response())
            .await;
        let chunks: Vec<_> = response.into_body().into_data_stream().collect().await;
        assert!(
            matches!(chunks.as_slice(), [Ok(first), Err(_)] if first == "01234"),
            "{chunks:?}"
        );
    }
}
