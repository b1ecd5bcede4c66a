//! The Web Worker of a page that reads files: the page goes on drawing meanwhile.
//!
//! Each page has one worker, started when it is first needed. [`crate::file_sums`] and [`crate::gzip`]
//! say what it is asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent};

use crate::runtime::{describe, get, object, text};

/// The worker's script, beside the page.
const SCRIPT: &str = "file-worker.js";
/// The one policy that the pages' CSP allows (`trusted-types`).
const POLICY: &str = "file-worker";

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileWorkerError {
    /// The file is gone from the disk, was changed since it was chosen, or is a folder.
    #[error("the file could not be read")]
    Unreadable,
    /// The worker did not start or broke.
    #[error("the worker that reads files failed: {0}")]
    Worker(String),
}

/// Asks the worker for `of` a blob; `on_read` is told the bytes read so far. Dropping the future gives
/// up.
///
/// # Errors
/// See [`FileWorkerError`].
pub(crate) async fn ask(
    of: &str,
    blob: &Blob,
    on_read: impl FnMut(u64) + 'static,
) -> Result<JsValue, FileWorkerError> {
    let (job, receiver) = WORKER.with(|it| it.begin(of, blob, Box::new(on_read)))?;
    let answer = receiver.await;
    job.ended.set(true);
    answer.unwrap_or_else(|_| Err(FileWorkerError::Worker("it went away".to_owned())))
}

#[wasm_bindgen]
extern "C" {
    /// The browser's `Worker`; `web_sys` can only give it a text, which the CSP refuses.
    #[wasm_bindgen(js_name = Worker)]
    #[derive(Clone)]
    type PageWorker;

    #[wasm_bindgen(constructor, catch, js_class = "Worker")]
    fn new(url: &JsValue, options: &JsValue) -> Result<PageWorker, JsValue>;

    #[wasm_bindgen(method, js_name = postMessage)]
    fn post_message(this: &PageWorker, message: &JsValue);

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &PageWorker, event: &str, listener: &JsValue);

    type Policy;

    #[wasm_bindgen(catch, js_namespace = trustedTypes, js_name = createPolicy)]
    fn create_policy(name: &str, rules: &JsValue) -> Result<Policy, JsValue>;

    #[wasm_bindgen(method, js_name = createScriptURL)]
    fn create_script_url(this: &Policy, url: &str) -> JsValue;
}

thread_local! {
    static WORKER: FileWorker = FileWorker::default();
}

type Answer = Result<JsValue, FileWorkerError>;

struct Waiting {
    on_read: Box<dyn FnMut(u64)>,
    done: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct FileWorker {
    worker: RefCell<Option<PageWorker>>,
    waiting: Rc<RefCell<HashMap<u32, Waiting>>>,
    last: Cell<u32>,
}

/// A file that is being read.
struct Job {
    id: u32,
    ended: Cell<bool>,
}

impl Drop for Job {
    fn drop(&mut self) {
        if !self.ended.get() {
            WORKER.with(|it| it.give_up(self.id));
        }
    }
}

impl FileWorker {
    fn begin(
        &self,
        of: &str,
        blob: &Blob,
        on_read: Box<dyn FnMut(u64)>,
    ) -> Result<(Job, oneshot::Receiver<Answer>), FileWorkerError> {
        let worker = self
            .worker()
            .map_err(|error| FileWorkerError::Worker(describe(&error)))?;
        let id = self.last.get() + 1;
        self.last.set(id);
        let (done, receiver) = oneshot::channel();
        self.waiting
            .borrow_mut()
            .insert(id, Waiting { on_read, done });
        let asked = [("id", id.into()), ("of", of.into()), ("blob", blob.into())];
        worker.post_message(&object(&asked));
        let job = Job {
            id,
            ended: Cell::new(false),
        };
        Ok((job, receiver))
    }

    fn give_up(&self, id: u32) {
        self.waiting.borrow_mut().remove(&id);
        if let Some(worker) = self.worker.borrow().as_ref() {
            worker.post_message(&object(&[("cancel", id.into())]));
        }
    }

    fn worker(&self) -> Result<PageWorker, JsValue> {
        if let Some(worker) = self.worker.borrow().as_ref() {
            return Ok(worker.clone());
        }
        let worker = PageWorker::new(&script_url()?, &object(&[("type", "module".into())]))?;
        let waiting = self.waiting.clone();
        let answered = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            take_in(&waiting, &event.data());
        });
        worker.add_event_listener("message", answered.as_ref());
        // As long as the page.
        answered.forget();
        let waiting = self.waiting.clone();
        let broke = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let why = describe(&event);
            // Who asks next gets a new one.
            WORKER.with(|it| it.worker.replace(None));
            for (_, it) in waiting.borrow_mut().drain() {
                let _ = it.done.send(Err(FileWorkerError::Worker(why.clone())));
            }
        });
        worker.add_event_listener("error", broke.as_ref());
        broke.forget();
        self.worker.replace(Some(worker.clone()));
        Ok(worker)
    }
}

/// The script's URL as the CSP wants it: by a policy that gives this one URL, whatever it is asked.
fn script_url() -> Result<JsValue, JsValue> {
    let rule = Closure::<dyn FnMut() -> String>::new(|| SCRIPT.to_owned());
    let policy = create_policy(
        POLICY,
        &object(&[("createScriptURL", rule.as_ref().clone())]),
    )?;
    Ok(policy.create_script_url(""))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // numbers of our own worker
fn take_in(waiting: &RefCell<HashMap<u32, Waiting>>, data: &JsValue) {
    let Some(id) = get(data, "id").as_f64().map(|id| id as u32) else {
        return;
    };
    if let Some(read) = get(data, "read").as_f64() {
        // Not borrowed while it is called: it may give up this job, which then must not come back.
        let taken = waiting.borrow_mut().remove(&id);
        if let Some(mut it) = taken {
            (it.on_read)(read as u64);
            if !it.done.is_canceled() {
                waiting.borrow_mut().insert(id, it);
            }
        }
        return;
    }
    let answer = match text(data, "failed").as_deref() {
        None => Ok(data.clone()),
        Some("unreadable") => Err(FileWorkerError::Unreadable),
        Some(other) => Err(FileWorkerError::Worker(other.to_owned())),
    };
    let done = waiting.borrow_mut().remove(&id);
    if let Some(it) = done {
        let _ = it.done.send(answer);
    }
}
