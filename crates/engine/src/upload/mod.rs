//! One upload: from a `File` to a complete object in Storage, and on into the sandbox.
//!
//! The file's bytes go from the disk to the network by the browser itself; wasm sees them only
//! while their checksum is computed, a few MiB at a time. Every request carries the checksum of its
//! body, so that the cloud storage refuses other bytes.
//!
//! [`delivery`] is the way of an upload to Storage, [`courier`] sends its bytes, [`journal`] notes down
//! what an unfinished one needs to go on, and [`unfinished`] takes it up after the browser was closed.
//! [`direct`] is the way straight into a sandbox, with a journal of its own. On either way the parts of a
//! file are driven by [`pump`].

mod attach;
mod cancel;
mod checksum;
mod courier;
mod delivery;
mod direct;
mod journal;
mod part_checksum;
mod prepare;
mod pump;
mod refused;
mod request;
mod to_sandbox;
mod token;
mod unfinished;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use messages::engine::{
    CancelUpload, NewUpload, PauseUpload, RemoveUpload, ResumeUpload, SandboxCopy, StartUploads,
    UploadPhase, UploadTo, UploadView, UploadsStarted,
};
use messages::worker::DetachFile;
use messages::{ConfigurationUrl, Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::calls::call;

use self::cancel::Cancel;
use self::delivery::{TakenUp, Undelivered};
use self::journal::Unfinished;
use self::unfinished::compare;
use crate::problems::new_id;
use crate::state::Engine;

pub(crate) use attach::{Attaching, LOT as ATTACHED_TOGETHER};
pub(crate) use direct::{
    GATHER_MS as SENT_AFTER_MS, LOT as SENT_TOGETHER, LOTS as SENT_LOTS, Lots, Outgoings,
};
pub(crate) use journal::Journal;
pub(crate) use prepare::{LOT as PREPARED_TOGETHER, LOTS as PREPARED_LOTS, Preparing};
pub(crate) use to_sandbox::{add, arrived};
pub(crate) use token::stored as token_stored;

/// An upload of the list.
pub(crate) struct Upload {
    pub(crate) configuration: ConfigurationUrl,
    view: RefCell<UploadView>,
    cancel: Cancel,
    paused: Cell<bool>,
    /// Whether Storage has been told its checksum.
    tagged: Cell<bool>,
    /// What an earlier life of the engine left of it.
    unfinished: RefCell<Option<Left>>,
    /// The sandbox that it goes straight into, once that is known.
    straight_into: RefCell<Option<String>>,
}

/// What an earlier life of the engine left of an upload.
#[derive(Clone)]
enum Left {
    InStorage(Unfinished),
    InSandbox(direct::Begun),
}

impl Upload {
    fn new(configuration: &ConfigurationUrl, view: UploadView) -> Rc<Self> {
        Rc::new(Self {
            configuration: configuration.clone(),
            view: RefCell::new(view),
            cancel: Cancel::default(),
            paused: Cell::new(false),
            tagged: Cell::new(false),
            unfinished: RefCell::default(),
            straight_into: RefCell::default(),
        })
    }

    pub(crate) fn id(&self) -> String {
        self.view.borrow().upload.clone()
    }

    /// Whether it is in this sandbox alone, or on its way there.
    pub(crate) fn is_straight_in(&self, sandbox: &str) -> bool {
        let here = self.straight_into.borrow().as_deref() == Some(sandbox);
        here && (self.is_under_way() || matches!(self.view().sandbox, SandboxCopy::There { .. }))
    }

    pub(crate) fn view(&self) -> UploadView {
        self.view.borrow().clone()
    }

    /// Whether anything is still to be done without being asked for.
    pub(crate) fn is_under_way(&self) -> bool {
        matches!(
            self.view.borrow().phase,
            UploadPhase::Waiting
                | UploadPhase::Preparing
                | UploadPhase::Sending { .. }
                | UploadPhase::Paused { .. }
        )
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut UploadView) -> T) -> T {
        change(&mut self.view.borrow_mut())
    }
}

/// What was asked of an upload to Storage, besides its file.
#[derive(Clone, Debug)]
struct Request {
    configuration: ConfigurationUrl,
    /// The user's own.
    tags: Vec<String>,
    to_sandbox: bool,
}

/// Begins uploads.
pub(crate) fn start(
    engine: &Rc<Engine>,
    call: StartUploads,
    files: Vec<File>,
) -> Result<UploadsStarted, Problem> {
    if files.len() != call.files.len() {
        let detail = format!("{} files came along, not {}", files.len(), call.files.len());
        return Err(Problem::with(ProblemCode::Internal, detail));
    }
    let each = call.files.into_iter().zip(files);
    let uploads =
        each.map(|(new, file)| start_one(engine, &call.configuration, &call.to, new, file));
    Ok(UploadsStarted {
        uploads: uploads.collect(),
    })
}

fn start_one(
    engine: &Rc<Engine>,
    configuration: &ConfigurationUrl,
    to: &UploadTo,
    new: NewUpload,
    file: File,
) -> String {
    let content_type = Some(file.type_()).filter(|kind| !kind.is_empty());
    let view = UploadView {
        upload: new_id(),
        configuration: configuration.key(),
        bytes: size(&file),
        content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        sha256: new.sha256,
        phase: UploadPhase::Waiting,
        trouble: None,
        note: None,
        file: None,
        sandbox: match to {
            UploadTo::Storage {
                to_sandbox: true, ..
            } => SandboxCopy::NextRun,
            _ => SandboxCopy::None,
        },
        straight_to: match to {
            UploadTo::Storage { .. } => None,
            UploadTo::Sandbox { folder } => {
                Some(format!("{}/{}", folder.trim_end_matches('/'), new.name))
            }
        },
        name: new.name,
    };
    let straight_to = view.straight_to.clone();
    let upload = Upload::new(configuration, view);
    engine.uploads.borrow_mut().push(upload.clone());
    let id = upload.id();
    match (to, straight_to) {
        (UploadTo::Storage { tags, to_sandbox }, _) => {
            let request = Request {
                configuration: configuration.clone(),
                tags: tags.clone(),
                to_sandbox: *to_sandbox,
            };
            run(engine, upload, request, file, None, None);
        }
        (UploadTo::Sandbox { .. }, path) => {
            direct::run(engine, upload, path.unwrap_or_default(), file, None);
        }
    }
    id
}

/// Lets an upload to Storage go its way. When `file` is another one than the parts that are there, it is as
/// unfinished as it was before: `earlier`.
fn run(
    engine: &Rc<Engine>,
    upload: Rc<Upload>,
    request: Request,
    file: File,
    mut taken_up: Option<TakenUp>,
    earlier: Option<Unfinished>,
) {
    engine.publish_upload(upload.view());
    let engine = engine.clone();
    spawn_local(async move {
        let phase = loop {
            let tokens = token::stored_so_far(&engine, &request.configuration);
            match delivery::work(&engine, &upload, &request, &file, taken_up.take()).await {
                Ok(()) => break UploadPhase::Stored,
                Err(Undelivered::Differs(problem)) => {
                    let sent = earlier.as_ref().map_or(0, Unfinished::sent);
                    let words = [problem.code.what(), problem.code.action()].join(" ");
                    upload.change(|view| view.note = Some(words));
                    upload.unfinished.replace(earlier.map(Left::InStorage));
                    break UploadPhase::Interrupted { sent };
                }
                Err(Undelivered::Anew(problem) | Undelivered::Failed(problem)) => {
                    match token::wait(&engine, &upload, problem, tokens).await {
                        Ok(()) => {}
                        Err(problem) => break UploadPhase::Failed(problem),
                    }
                }
            }
        };
        let stored = phase == UploadPhase::Stored;
        upload.change(|view| {
            view.phase = phase;
            view.trouble = None;
        });
        engine.publish_upload(upload.view());
        if stored && request.to_sandbox {
            to_sandbox::attach_and_fetch(&engine, &upload).await;
        }
        if stored && upload.view().sha256.is_none() {
            // The file is in Storage whether it can be read once more or not.
            let _ = checksum::tell(&engine, &upload, &file).await;
        }
        if stored {
            checksum::tag(&upload).await;
        }
        engine.upload_ended();
    });
}

/// Puts uploads that ended with the browser on the list.
pub(crate) async fn load(engine: &Rc<Engine>) {
    unfinished::load(engine).await;
    direct::load(engine).await;
}

/// Goes on with one of them.
///
/// # Errors
/// `FileDiffers` for another file; `TokenMissing` or `KeyMissing` until what it takes is there again. It
/// stays on the list then.
pub(crate) async fn resume(
    engine: &Rc<Engine>,
    call: &ResumeUpload,
    file: Option<File>,
) -> Result<(), Problem> {
    let file = file.ok_or_else(|| Problem::with(ProblemCode::Internal, "no file came along"))?;
    let nothing = || Problem::with(ProblemCode::Internal, "nothing to go on with");
    let upload = engine.upload(&call.upload).ok_or_else(nothing)?;
    let left = upload.unfinished.borrow().clone().ok_or_else(nothing)?;
    match left {
        Left::InStorage(left) => {
            compare(&file, left.entry.bytes, left.entry.modified_ms)?;
            unfinished::resume(engine, upload, left, file).await
        }
        Left::InSandbox(left) => {
            compare(&file, left.entry.bytes, left.entry.modified_ms)?;
            direct::resume(engine, upload, left, file).await
        }
    }
}

/// Stops an upload; what was prepared is deleted by the upload itself as it ends, and here when it
/// ended with the browser.
pub(crate) async fn cancel(engine: &Rc<Engine>, request: &CancelUpload) -> Result<(), Problem> {
    let Some(upload) = engine.upload(&request.upload) else {
        return Ok(());
    };
    let unfinished = upload.unfinished.borrow().clone();
    match unfinished {
        Some(Left::InStorage(left)) => unfinished::cancel(engine, &upload, &left).await,
        Some(Left::InSandbox(left)) => {
            direct::cancel(engine, &upload, &left).await;
            Ok(())
        }
        None => {
            upload.cancel.ask();
            Ok(())
        }
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
        UploadPhase::Waiting
            | UploadPhase::Preparing
            | UploadPhase::Sending { .. }
            | UploadPhase::Paused { .. }
            | UploadPhase::Interrupted { .. }
    ) {
        return Err(Problem::with(
            ProblemCode::Internal,
            "the upload is not over",
        ));
    }
    if let Some(file) = view.file.filter(|_| view.sandbox != SandboxCopy::None) {
        call(&DetachFile {
            configuration: upload.configuration.clone(),
            file,
        })
        .await?;
    }
    engine.take_off(&view.upload);
    Ok(())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a file's size
fn size(file: &File) -> u64 {
    file.size() as u64
}
