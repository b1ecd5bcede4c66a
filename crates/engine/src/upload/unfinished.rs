//! Uploads that ended with the browser: shown again, taken up with the same file, or cleared away.

use std::rc::Rc;

use messages::engine::{SandboxCopy, UploadPhase, UploadView};
use messages::worker::{AbandonUpload, OpenPermission, UploadPermission};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::calls::call;
use webext::clock;

use super::delivery::{TakenUp, modified_ms};
use super::journal::{Entry, Unfinished};
use super::request::exchange;
use super::{Left, Request, Upload, run, size};
use crate::state::Engine;

/// Storage deletes a file that is not permanent after 15 days (reference keboola §3.3).
const LIFE_MS: u64 = 15 * 24 * 3600 * 1000;

/// Puts what the journal holds on the list.
pub(super) async fn load(engine: &Rc<Engine>) {
    // Without a journal nothing can go on, and there is nobody to tell it to.
    let Ok(all) = engine.journal.all().await else {
        return;
    };
    for unfinished in all {
        let entry = &unfinished.entry;
        if clock::unix_ms().saturating_sub(entry.began_ms) > LIFE_MS {
            engine.journal.forget(entry).await;
        } else if !entry.leftover && engine.upload(&entry.upload).is_none() {
            let upload = Upload::new(&entry.configuration, view(&unfinished));
            upload.unfinished.replace(Some(Left::InStorage(unfinished)));
            engine.publish_upload(upload.view());
            engine.uploads.borrow_mut().push(upload);
        }
    }
}

fn view(unfinished: &Unfinished) -> UploadView {
    let entry = &unfinished.entry;
    UploadView {
        upload: entry.upload.clone(),
        configuration: entry.configuration.key(),
        name: entry.name.clone(),
        bytes: entry.bytes,
        content_type: entry.content_type.clone(),
        sha256: None,
        phase: UploadPhase::Interrupted {
            sent: unfinished.sent(),
        },
        trouble: None,
        note: None,
        file: Some(entry.file),
        sandbox: if entry.to_sandbox {
            SandboxCopy::NextRun
        } else {
            SandboxCopy::None
        },
        straight_to: None,
    }
}

/// Whether it may be the file that was begun.
///
/// # Errors
/// `FileDiffers`.
pub(super) fn compare(file: &File, bytes: u64, changed_ms: u64) -> Result<(), Problem> {
    let detail = if size(file) != bytes {
        format!("{} bytes instead of {bytes}", size(file))
    } else if modified_ms(file) != changed_ms {
        "it was changed since".to_owned()
    } else {
        return Ok(());
    };
    Err(Problem::with(ProblemCode::FileDiffers, detail))
}

/// Goes on with one.
///
/// # Errors
/// `TokenMissing` until the token is there again. It stays on the list then.
pub(super) async fn resume(
    engine: &Rc<Engine>,
    upload: Rc<Upload>,
    unfinished: Unfinished,
    file: File,
) -> Result<(), Problem> {
    let entry = unfinished.entry.clone();
    let permission = match &entry.sealed {
        None => None,
        Some(sealed) => open(&entry, sealed).await?,
    };
    // Two presses of the same button.
    if upload.unfinished.take().is_none() {
        return Ok(());
    }
    let request = Request {
        configuration: entry.configuration.clone(),
        tags: entry.tags.clone(),
        to_sandbox: entry.to_sandbox,
    };
    let taken_up = match permission {
        Some(permission) => Some(TakenUp {
            entry,
            permission,
            taken: unfinished.taken.clone(),
        }),
        None => {
            // The entry is of no use: nothing can be sent to it any more.
            if let Err(problem) = clear_away(engine, &entry).await {
                upload.unfinished.replace(Some(Left::InStorage(unfinished)));
                return Err(problem);
            }
            if entry.part_size.is_some() {
                let note = "Sent from the beginning: what was begun can be taken up only with the \
                            Storage token that began it.";
                upload.change(|view| view.note = Some(note.to_owned()));
            }
            None
        }
    };
    upload.change(|view| {
        view.phase = UploadPhase::Waiting;
        view.file = None;
    });
    run(engine, upload, request, file, taken_up, Some(unfinished));
    Ok(())
}

async fn open(entry: &Entry, sealed: &str) -> Result<Option<UploadPermission>, Problem> {
    call(&OpenPermission {
        configuration: entry.configuration.clone(),
        file: entry.file,
        sealed: sealed.to_owned(),
    })
    .await
}

/// Cancels one: what was begun is thrown away where the provider lets us, and the entry in Storage
/// is deleted.
///
/// # Errors
/// `TokenMissing` until the token is there again, or what Storage said.
pub(super) async fn cancel(
    engine: &Rc<Engine>,
    upload: &Upload,
    unfinished: &Unfinished,
) -> Result<(), Problem> {
    let entry = &unfinished.entry;
    if let Some(sealed) = &entry.sealed
        && let Some(UploadPermission { target, session }) = open(entry, sealed).await?
        && let Some(request) = target.cancel(&session)
    {
        let _ = exchange(&request, None, |_| {}, |_| {}).await;
    }
    clear_away(engine, entry).await?;
    upload.unfinished.take();
    engine.take_off(&entry.upload);
    Ok(())
}

/// Deletes the entry of an unfinished upload.
async fn clear_away(engine: &Rc<Engine>, entry: &Entry) -> Result<(), Problem> {
    call(&AbandonUpload {
        configuration: entry.configuration.clone(),
        file: entry.file,
    })
    .await?;
    engine.journal.forget(entry).await;
    Ok(())
}

impl Engine {
    /// Deletes entries that could not be deleted when their uploads failed. To be called when the
    /// project's Storage has just answered.
    pub(super) fn sweep(self: &Rc<Self>, configuration: &ConfigurationUrl) {
        // Of a thousand uploads each one would read the whole journal.
        if !self.journal.has_leftovers.replace(false) {
            return;
        }
        let (engine, here) = (self.clone(), configuration.clone());
        spawn_local(async move {
            let all = engine.journal.all().await.unwrap_or_default();
            for Unfinished { entry, .. } in all.into_iter().filter(|it| it.entry.leftover) {
                let of = &entry.configuration;
                let here = of.stack == here.stack && of.project == here.project;
                if !here || clear_away(&engine, &entry).await.is_err() {
                    engine.journal.has_leftovers.set(true);
                }
            }
        });
    }
}
