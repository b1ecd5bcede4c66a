//! The way of one upload: prepared in Storage, sent, or cleared away.

use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};
use messages::engine::UploadPhase;
use messages::worker::{
    AbandonUpload, FileToPrepare, PreparedUpload, UploadPermission, checksum_tag,
};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::calls::call;
use webext::{clock, timer};

use super::courier::Courier;
use super::journal::{self, Entry, Notes, Taken};
use super::{Request, Upload, checksum, prepare};
use crate::state::Engine;

/// How often a file is prepared at most, because its credentials expired in mid-upload.
const PREPARATIONS: u32 = 3;

/// How often a file is prepared while Storage only asks to wait: for some minutes.
const BUSY_TRIES: u32 = 12;

/// Up to so many bytes a file waits for its checksum, a fraction of a second, and tells it as it is
/// prepared. A larger one is on its way at once.
const QUICK: u64 = 16 * 1024 * 1024;

/// How an unfinished upload goes on.
pub(super) struct TakenUp {
    pub(super) entry: Entry,
    pub(super) permission: UploadPermission,
    pub(super) taken: Vec<Taken>,
}

/// Why a file is not in Storage.
pub(super) enum Undelivered {
    /// A new entry in Storage would mend it: the credentials have expired for example.
    Anew(Problem),
    /// The file is another one than the parts that are there. They stay.
    Differs(Problem),
    /// Anything else. Nothing is left behind.
    Failed(Problem),
}

impl From<Problem> for Undelivered {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// Brings the file to Storage.
pub(super) async fn work(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &Request,
    file: &File,
    mut taken_up: Option<TakenUp>,
) -> Result<(), Undelivered> {
    // Others wait for their turn: Storage is asked about a few files at a time.
    let turn = pin!(engine.turns.acquire());
    let Either::Left((_turn, _)) = select(turn, upload.cancel.waited()).await else {
        return Err(Problem::from(ProblemCode::UploadCancelled).into());
    };
    upload.change(|view| view.phase = UploadPhase::Preparing);
    engine.publish_upload(upload.view());
    if upload.view().sha256.is_none() && upload.view().bytes <= QUICK {
        checksum::tell(engine, upload, file).await?;
    }
    let mut attempts = 0..PREPARATIONS;
    loop {
        attempts.next();
        match deliver(engine, upload, request, file, taken_up.take()).await {
            Err(Undelivered::Anew(problem)) if attempts.is_empty() => return Err(problem.into()),
            Err(Undelivered::Anew(problem)) => {
                let why = problem.detail.unwrap_or_default();
                let note = format!("Sent from the beginning: {why}.");
                upload.change(|view| view.note = Some(note));
            }
            ended => return ended,
        }
    }
}

/// Prepares the file and sends its bytes. When they do not arrive, the prepared file is deleted.
async fn deliver(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &Request,
    file: &File,
    taken_up: Option<TakenUp>,
) -> Result<(), Undelivered> {
    let (entry, target, begun) = match taken_up {
        Some(earlier) => {
            let begun = (earlier.permission.session, earlier.taken);
            (earlier.entry, earlier.permission.target, Some(begun))
        }
        None => {
            let (entry, target) = prepare(engine, upload, request, file).await?;
            (entry, target, None)
        }
    };
    let id = entry.file;
    upload.change(|view| view.file = Some(id));
    let notes = Notes::new(engine.clone(), upload.clone(), entry.clone());
    if begun.is_none() {
        journal::tell(engine, upload, &engine.journal.put(&entry).await);
    }
    let courier = Courier::new(engine, upload, &notes, id, target, file);
    let sent = match &courier {
        Ok(courier) => bring(courier, begun).await,
        Err(problem) => Err(problem.clone().into()),
    };
    match sent {
        Ok(()) => {
            let journal = engine.journal.clone();
            spawn_local(async move { journal.forget(&entry).await });
        }
        Err(Undelivered::Differs(_)) => {}
        Err(_) => {
            if let Ok(courier) = &courier {
                courier.discard().await;
            }
            upload.change(|view| view.file = None);
            abandon(engine, &entry).await;
        }
    }
    sent
}

async fn bring(
    courier: &Courier<'_>,
    begun: Option<(keboola::upload::Session, Vec<Taken>)>,
) -> Result<(), Undelivered> {
    let sent = async {
        if let Some((session, taken)) = begun {
            courier.take_up(session, taken).await?;
        }
        courier.send().await
    };
    sent.await.map_err(|problem| match problem.code {
        _ if courier.wants_anew() => Undelivered::Anew(problem),
        ProblemCode::FileDiffers => Undelivered::Differs(problem),
        _ => Undelivered::Failed(problem),
    })
}

async fn prepare(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &Request,
    file: &File,
) -> Result<(Entry, keboola::upload::Upload), Problem> {
    let view = upload.view();
    let mut tags = request.tags.clone();
    tags.extend(view.sha256.as_deref().map(checksum_tag));
    upload.tagged.set(view.sha256.is_some());
    let file_to_prepare = FileToPrepare {
        name: view.name.clone(),
        bytes: view.bytes,
        content_type: view.content_type.clone(),
        tags,
    };
    let prepared = prepare_patiently(engine, upload, request, file_to_prepare).await?;
    engine.sweep(&request.configuration);
    let entry = Entry {
        upload: view.upload,
        configuration: request.configuration.clone(),
        name: view.name,
        bytes: view.bytes,
        modified_ms: modified_ms(file),
        content_type: view.content_type,
        tags: request.tags.clone(),
        to_sandbox: request.to_sandbox,
        file: prepared.file,
        part_size: None,
        sealed: None,
        leftover: false,
        began_ms: clock::unix_ms(),
    };
    Ok((entry, prepared.target))
}

/// Prepares the file, again and again while Storage only asks to wait: a thousand files are a thousand
/// calls, and nothing is lost by patience.
async fn prepare_patiently(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    request: &Request,
    file: FileToPrepare,
) -> Result<PreparedUpload, Problem> {
    let mut tries = 0;
    loop {
        let prepared =
            prepare::prepare(&engine.preparing, &request.configuration, file.clone()).await;
        let problem = match prepared {
            Err(problem) if problem.code == ProblemCode::RateLimited => problem,
            ended => {
                tell_trouble(engine, upload, None);
                return ended;
            }
        };
        let jitter = js_sys::Math::random();
        let Some(pause) = transfer::retry::pause(tries, BUSY_TRIES, None, jitter) else {
            return Err(problem);
        };
        tries += 1;
        let words = "Storage is busy and asks to wait; trying again";
        tell_trouble(engine, upload, Some(words));
        let rest = pin!(timer::sleep_ms(
            u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)
        ));
        if let Either::Right(_) = select(rest, upload.cancel.waited()).await {
            return Err(ProblemCode::UploadCancelled.into());
        }
    }
}

fn tell_trouble(engine: &Engine, upload: &Upload, trouble: Option<&str>) {
    let trouble = trouble.map(str::to_owned);
    let changed =
        upload.change(|view| std::mem::replace(&mut view.trouble, trouble.clone()) != trouble);
    if changed {
        engine.publish_upload(upload.view());
    }
}

/// Deletes a prepared file that got no bytes. When that fails, it is tried again later
/// ([`Engine::sweep`]); what the person has to hear is why the upload failed.
async fn abandon(engine: &Rc<Engine>, entry: &Entry) {
    let deleted = call(&AbandonUpload {
        configuration: entry.configuration.clone(),
        file: entry.file,
    })
    .await;
    if deleted.is_ok() {
        engine.journal.forget(entry).await;
    } else {
        engine.journal.leave(entry).await;
    }
}

/// The file's time of change, in milliseconds since 1970.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time
pub(super) fn modified_ms(file: &File) -> u64 {
    file.last_modified().max(0.0) as u64
}
