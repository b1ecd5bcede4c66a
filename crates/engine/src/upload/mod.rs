//! One upload: from a `File` to a complete object in Storage, and on into the sandbox.
//!
//! The file's bytes go from the disk to the network by the browser itself; wasm sees them only
//! while their checksum is computed, a few MiB at a time. Every request carries the checksum of its
//! body, so that the cloud storage refuses other bytes.

mod checksum;
mod courier;
mod part_checksum;
mod refused;
mod request;
mod to_sandbox;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use messages::engine::{
    CancelUpload, Event, PauseUpload, RemoveUpload, SandboxCopy, StartUpload, UploadPhase,
    UploadStarted, UploadView,
};
use messages::worker::{AbandonUpload, AttachFile, DetachFile, PrepareUpload, PreparedUpload};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::calls::call;

use self::courier::Courier;
use crate::problems::new_id;
use crate::state::Engine;

pub(crate) use to_sandbox::arrived;

/// How often a file is prepared at most, because its credentials expired in mid-upload.
const PREPARATIONS: u32 = 3;

/// An upload of the list.
pub(crate) struct Upload {
    pub(crate) configuration: ConfigurationUrl,
    view: RefCell<UploadView>,
    cancelled: Cell<bool>,
    paused: Cell<bool>,
}

impl Upload {
    pub(crate) fn id(&self) -> String {
        self.view.borrow().upload.clone()
    }

    pub(crate) fn view(&self) -> UploadView {
        self.view.borrow().clone()
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut UploadView) -> T) -> T {
        change(&mut self.view.borrow_mut())
    }
}

/// Begins an upload.
pub(crate) fn start(
    engine: &Rc<Engine>,
    request: StartUpload,
    file: Option<File>,
) -> Result<UploadStarted, Problem> {
    let file = file.ok_or_else(|| Problem::with(ProblemCode::Internal, "no file came along"))?;
    let content_type = Some(file.type_()).filter(|kind| !kind.is_empty());
    let upload = Rc::new(Upload {
        configuration: request.configuration.clone(),
        view: RefCell::new(UploadView {
            upload: new_id(),
            configuration: request.configuration.key(),
            name: file.name(),
            bytes: size(&file),
            content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            sha256: None,
            phase: UploadPhase::Preparing,
            trouble: None,
            file: None,
            sandbox: if request.to_sandbox {
                SandboxCopy::NextRun
            } else {
                SandboxCopy::None
            },
        }),
        cancelled: Cell::new(false),
        paused: Cell::new(false),
    });
    engine.uploads.borrow_mut().push(upload.clone());
    engine.publish(&Event::Upload(upload.view()));
    let started = UploadStarted {
        upload: upload.id(),
    };
    let engine = engine.clone();
    spawn_local(async move {
        let phase = match work(&engine, &upload, &request, &file).await {
            Ok(()) => UploadPhase::Stored,
            Err(problem) => UploadPhase::Failed(problem),
        };
        let stored = phase == UploadPhase::Stored;
        upload.change(|view| {
            view.phase = phase;
            view.trouble = None;
        });
        engine.publish(&Event::Upload(upload.view()));
        if stored && request.to_sandbox {
            to_sandbox::attach_and_fetch(&engine, &upload).await;
        }
    });
    Ok(started)
}

/// Stops an upload; what was prepared is deleted by the upload itself as it ends.
pub(crate) fn cancel(engine: &Engine, request: &CancelUpload) {
    if let Some(upload) = engine.upload(&request.upload) {
        upload.cancelled.set(true);
    }
}

/// Pauses an upload, or lets it go on.
pub(crate) fn pause(engine: &Engine, request: &PauseUpload) {
    if let Some(upload) = engine.upload(&request.upload) {
        upload.paused.set(request.pause);
    }
}

/// Takes an ended upload off the list and out of later runs.
pub(crate) async fn remove(engine: &Engine, request: &RemoveUpload) -> Result<(), Problem> {
    let Some(upload) = engine.upload(&request.upload) else {
        return Ok(());
    };
    let view = upload.view();
    if matches!(
        view.phase,
        UploadPhase::Preparing | UploadPhase::Sending { .. } | UploadPhase::Paused { .. }
    ) {
        return Err(Problem::with(
            ProblemCode::Internal,
            "the upload is still going on",
        ));
    }
    if let Some(file) = view.file.filter(|_| view.sandbox != SandboxCopy::None) {
        call(&DetachFile {
            configuration: upload.configuration.clone(),
            file,
        })
        .await?;
    }
    engine
        .uploads
        .borrow_mut()
        .retain(|other| other.id() != view.upload);
    engine.publish(&Event::UploadRemoved {
        upload: view.upload,
    });
    Ok(())
}

async fn work(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &StartUpload,
    file: &File,
) -> Result<(), Problem> {
    // Others wait for their turn: Storage is asked about a few files at a time.
    let _turn = engine.turns.acquire_arc().await;
    let sha256 = checksum::sha256(file, || upload.cancelled.get()).await?;
    upload.change(|view| view.sha256 = Some(sha256));
    engine.publish(&Event::Upload(upload.view()));
    let mut attempts = 0..PREPARATIONS;
    loop {
        attempts.next();
        match deliver(engine, upload, request, file).await {
            Err(Undelivered::Expired(problem)) if attempts.is_empty() => return Err(problem),
            // These credentials cannot be renewed: a new entry gets new ones.
            Err(Undelivered::Expired(_)) => {}
            Err(Undelivered::Failed(problem)) => return Err(problem),
            Ok(()) => return Ok(()),
        }
    }
}

/// Why a file is not in Storage.
enum Undelivered {
    /// The credentials have expired and cannot be renewed.
    Expired(Problem),
    /// Anything else.
    Failed(Problem),
}

impl From<Problem> for Undelivered {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// Prepares the file and sends its bytes. When they do not arrive, the prepared file is deleted.
async fn deliver(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &StartUpload,
    file: &File,
) -> Result<(), Undelivered> {
    let view = upload.view();
    let prepared = call(&PrepareUpload {
        configuration: request.configuration.clone(),
        name: view.name,
        bytes: view.bytes,
        content_type: view.content_type,
        tags: request.tags.clone(),
    })
    .await?;
    upload.change(|view| view.file = Some(prepared.file));
    let sent = match Courier::new(engine, upload, &prepared, file) {
        Ok(courier) => courier.send().await.map_err(|problem| {
            if courier.has_expired() {
                Undelivered::Expired(problem)
            } else {
                Undelivered::Failed(problem)
            }
        }),
        Err(problem) => Err(problem.into()),
    };
    if sent.is_err() {
        abandon(upload, &prepared).await;
        upload.change(|view| view.file = None);
    }
    sent
}

/// Deletes the prepared file that got no bytes. When even that fails, the file's 15 days of life in
/// Storage end it; the upload's own problem is what the person has to hear.
async fn abandon(upload: &Upload, prepared: &PreparedUpload) {
    let configuration = upload.configuration.clone();
    let _ = call(&AbandonUpload {
        configuration,
        file: prepared.file,
    })
    .await;
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a file's size
fn size(file: &File) -> u64 {
    file.size() as u64
}

/// Makes the file an input of later runs.
async fn attach(upload: &Upload, file: u64) -> Result<(), Problem> {
    call(&AttachFile {
        configuration: upload.configuration.clone(),
        file,
    })
    .await
}
