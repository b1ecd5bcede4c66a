//! Calls to the worker and the engine, and reading them where they arrive.
//!
//! A message is `{to, name, body, files?}` (see `messages::Envelope`); the reply is one text.

use js_sys::Array;
use messages::{Call, Envelope, Place, Problem, ProblemCode, decode_reply};
use wasm_bindgen::{JsCast, JsValue};

use crate::runtime::{describe, get, object, settle, text};
use crate::{chrome, clock, timer};

/// Sends a call and waits for its reply.
///
/// # Errors
/// The problem that the other place replied, or `Internal` when it did not answer.
pub async fn call<C: Call>(call: &C) -> Result<C::Reply, Problem> {
    decode_reply(&exchange(Envelope::seal(call)?, &[]).await?)
}

/// Sends a call with files beside it; they go by reference, whatever their size.
///
/// # Errors
/// As [`call()`].
pub async fn call_with_files<C: Call>(
    call: &C,
    files: &[web_sys::File],
) -> Result<C::Reply, Problem> {
    decode_reply(&exchange(Envelope::seal(call)?, files).await?)
}

/// The same for every call, so that it is compiled once.
async fn exchange(envelope: Envelope, files: &[web_sys::File]) -> Result<String, Problem> {
    let message = write(&envelope, files);
    let began = clock::now_ms();
    loop {
        match settle(chrome::send_message(&message)).await {
            Ok(reply) => {
                let text = reply.as_string();
                return text.ok_or_else(|| unanswered(&envelope.name, "no reply"));
            }
            // A worker that is just starting, or a document that is just loading, has no listener
            // yet. Nothing was delivered, so asking again repeats nothing.
            Err(error) if nobody_listens(&error) && clock::now_ms() - began < 3_000.0 => {
                timer::sleep_ms(50).await;
            }
            Err(error) => return Err(unanswered(&envelope.name, &describe(&error))),
        }
    }
}

fn nobody_listens(error: &JsValue) -> bool {
    describe(error).contains("Receiving end does not exist")
}

fn unanswered(name: &str, why: &str) -> Problem {
    Problem::with(ProblemCode::Internal, format!("{name}: {why}"))
}

fn write(envelope: &Envelope, files: &[web_sys::File]) -> JsValue {
    let to = match envelope.to {
        Place::Worker => "worker",
        Place::Engine => "engine",
    };
    let mut properties = vec![
        ("to", to.into()),
        ("name", envelope.name.as_str().into()),
        ("body", envelope.body.as_str().into()),
    ];
    if !files.is_empty() {
        let files: Array = files.iter().collect();
        properties.push(("files", files.into()));
    }
    object(&properties).into()
}

/// Reads a message that arrived for `place`.
///
/// # Errors
/// `Internal` when it is not an envelope.
pub fn read(place: Place, message: &JsValue) -> Result<Envelope, Problem> {
    match (text(message, "name"), text(message, "body")) {
        (Some(name), Some(body)) => Ok(Envelope {
            to: place,
            name,
            body,
        }),
        _ => Err(Problem::with(
            ProblemCode::Internal,
            "a message without an envelope",
        )),
    }
}

/// The files beside a message.
#[must_use]
pub fn files_of(message: &JsValue) -> Vec<web_sys::File> {
    let files = get(message, "files").dyn_into::<Array>();
    let files = files.map(|it| it.to_vec()).unwrap_or_default();
    files
        .into_iter()
        .filter_map(|it| it.dyn_into().ok())
        .collect()
}

/// Who sent a message, as the browser tells it: nothing here can be forged by a page.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Origin of the sending document.
    pub origin: String,
    /// Id of the tab that holds it.
    pub tab: Option<u32>,
    /// URL of the tab that holds it.
    pub tab_url: Option<String>,
}

impl Sender {
    /// Reads `chrome.runtime.MessageSender`.
    #[must_use]
    pub fn read(sender: &JsValue) -> Self {
        let tab = get(sender, "tab");
        let (id, tab_url) = if tab.is_object() {
            (get(&tab, "id").as_f64(), text(&tab, "url"))
        } else {
            (None, None)
        };
        Self {
            origin: text(sender, "origin").unwrap_or_default(),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Chrome counts them
            tab: id.map(|id| id as u32),
            tab_url,
        }
    }

    /// Whether the sender is a page of this extension, not a content script.
    #[must_use]
    pub fn is_extension_page(&self) -> bool {
        let own = crate::runtime::url("");
        !self.origin.is_empty() && own.trim_end_matches('/') == self.origin
    }
}
