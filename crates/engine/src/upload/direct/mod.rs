//! A file straight into the configuration's sandbox, without a copy in Storage.
//!
//! A small file goes with others in one request ([`lot`]), as an archive ([`packed`]) or a form; a larger
//! one in parts beside each other, which the sandbox joins ([`parts`]). Either way the sandbox computes the
//! SHA-256 of what arrived, and only what is the same is told as there. What ends with the browser goes on
//! later in the same sandbox, if it still lives ([`journal`], [`resume`]).

mod body;
mod journal;
mod life;
mod lot;
mod outgoing;
mod packed;
mod parts;
mod resume;
mod watch;

use std::pin::pin;
use std::rc::Rc;

use e2b::EnvdError;
use futures::future::{Either, join, select};
use messages::engine::{SandboxCopy, UploadPhase};
use messages::{Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use webext::timer;

use self::journal::Notes;
pub(super) use self::journal::{Begun, load};
use self::lot::NotSent;
pub(crate) use self::lot::{GATHER_MS, LOT, LOTS, Lots};
pub(crate) use self::outgoing::Outgoings;
use self::outgoing::Packer;
use self::parts::Parts;
pub(super) use self::resume::{cancel, resume};
use super::refused::Refused;
use super::{Left, Upload, checksum};
use crate::problems;
use crate::run::{Lease, keep_alive};
use crate::sandbox::{ask, ensure};
use crate::state::Engine;

/// Up to so many bytes a file goes with others in one request.
const SMALL: u64 = 1024 * 1024;

/// How often a small one that is paused is looked at, in milliseconds.
const PAUSED_MS: u32 = 100;

/// Seconds of life that are asked for at the least while files are on their way.
const LIFE_SECONDS: u32 = 300;

/// Where parts and archives stand until they are in their places.
const PASSING: &str = "/tmp/.kbc-e2b/uploads";

/// Where the parts of an upload stand.
fn folder_of(upload: &str) -> String {
    format!("{PASSING}/{upload}")
}

/// How often a file is sent as a whole when the sandbox has other bytes in the end.
const TRIES: u32 = 2;

/// Lets a file go its way to `path`, absolute; `begun` is what an earlier life of the engine left of it.
pub(super) fn run(
    engine: &Rc<Engine>,
    upload: Rc<Upload>,
    path: String,
    file: File,
    begun: Option<Begun>,
) {
    engine.publish_upload(upload.view());
    let notes = match &begun {
        None => Notes::begin(engine, &upload, &path, &file),
        Some(begun) => Notes::again(engine, &upload, begun.entry.clone()),
    };
    let engine = engine.clone();
    spawn_local(async move {
        let ended = work(&engine, &upload, &notes, begun.as_ref(), &file).await;
        let differs = |problem: &Problem| problem.code == ProblemCode::FileDiffers;
        let still = begun.filter(|_| ended.as_ref().is_err_and(differs));
        if still.is_none() {
            notes.forget();
        }
        upload.change(|view| {
            view.trouble = None;
            match (ended, &still) {
                (Ok(()), _) => {
                    view.phase = UploadPhase::Stored;
                    view.sandbox = SandboxCopy::There { path };
                }
                // Another file than the parts that are there: it waits for the right one.
                (Err(problem), Some(begun)) => {
                    view.note = Some([problem.code.what(), problem.code.action()].join(" "));
                    view.phase = UploadPhase::Interrupted { sent: begun.sent() };
                }
                (Err(problem), None) => view.phase = UploadPhase::Failed(problem),
            }
        });
        upload.unfinished.replace(still.map(Left::InSandbox));
        engine.publish_upload(upload.view());
        engine.upload_ended();
        let view = upload.view();
        if view.phase == UploadPhase::Stored && view.sha256.is_none() {
            // The file is in the sandbox whether it can be read once more or not.
            let _ = checksum::tell(&engine, &upload, &file).await;
        }
    });
}

async fn work(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    notes: &Notes,
    begun: Option<&Begun>,
    file: &File,
) -> Result<(), Problem> {
    let path = &*notes.entry.path;
    let small = upload.view().bytes <= SMALL;
    // Small ones wait for their lot instead.
    let _turn = match small {
        true => None,
        false => {
            Some(unless_cancelled(upload, async { Ok(engine.turns.acquire().await.ok()) }).await?)
        }
    };
    upload.change(|view| view.phase = UploadPhase::Preparing);
    engine.publish_upload(upload.view());
    let packer = Packer::new(engine, file);
    let ready = async {
        let look = async {
            if !small {
                packer.look().await;
            }
        };
        join(ensure(engine, &upload.configuration), look).await.0
    };
    let lease = unless_cancelled(upload, ready).await?;
    upload.straight_into.replace(Some(lease.access.id.clone()));
    unless_cancelled(upload, life::lasts(engine, &lease, upload.view().bytes)).await?;
    if small && upload.view().sha256.is_none() {
        checksum::tell(engine, upload, file).await?;
    }
    let send = async || match small {
        true => send_small(engine, upload, &lease, path, file).await,
        false => send_large(engine, upload, &lease, (notes, begun), (file, &packer)).await,
    };
    let alive = keep_alive(engine, &lease, LIFE_SECONDS);
    let sent = match select(pin!(send()), pin!(alive)).await {
        Either::Left((sent, _)) => sent,
        Either::Right(_) => Err(ProblemCode::SandboxUploadFailed.into()),
    };
    if let Err(problem) = &sent
        && problem.code == ProblemCode::SandboxVanished
    {
        engine.forget_sandbox(&lease.access.id);
        return Err(ProblemCode::UploadOutlived.into());
    }
    sent
}

async fn unless_cancelled<T>(
    upload: &Upload,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    match select(pin!(work), upload.cancel.waited()).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(ProblemCode::UploadCancelled.into()),
    }
}

async fn send_small(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    lease: &Rc<Lease>,
    path: &str,
    file: &File,
) -> Result<(), Problem> {
    let item = lot::Item {
        upload: upload.clone(),
        lease: lease.clone(),
        path: path.to_owned(),
        file: file.clone(),
        sha256: upload.view().sha256.unwrap_or_default(),
        may_be_there: Rc::default(),
    };
    loop {
        while upload.paused.get() && !upload.cancel.is_asked() {
            phase(engine, upload, UploadPhase::Paused { sent: 0 });
            timer::sleep_ms(PAUSED_MS).await;
        }
        if upload.cancel.is_asked() {
            if item.may_be_there.get() {
                remove(lease, path).await;
            }
            return Err(ProblemCode::UploadCancelled.into());
        }
        let sending = UploadPhase::Sending {
            sent: 0,
            rate: 0,
            seconds_left: None,
        };
        phase(engine, upload, sending);
        match lot::send(engine, item.clone()).await {
            Ok(()) if !upload.cancel.is_asked() => return Ok(()),
            Ok(()) => item.may_be_there.set(true),
            Err(NotSent::Withdrawn) => {}
            Err(NotSent::Failed(problem)) => return Err(problem),
        }
    }
}

fn phase(engine: &Engine, upload: &Upload, phase: UploadPhase) {
    let changed = upload.change(|view| {
        let before = std::mem::replace(&mut view.phase, phase);
        before != view.phase
    });
    if changed {
        engine.publish_upload(upload.view());
    }
}

async fn send_large(
    engine: &Rc<Engine>,
    upload: &Rc<Upload>,
    lease: &Rc<Lease>,
    (notes, mut begun): (&Notes, Option<&Begun>),
    (file, packer): (&File, &Packer<'_>),
) -> Result<(), Problem> {
    let path = &*notes.entry.path;
    let mut attempts = 0..TRIES;
    loop {
        attempts.next();
        let parts = Parts::new(engine, upload, notes, lease, (file, packer), begun)?;
        let sent = match parts.begin(begun.take()).await {
            Ok(()) => parts.send().await,
            // What is there is of another file, which may still be chosen.
            Err(problem) if problem.code == ProblemCode::FileDiffers => return Err(problem),
            Err(problem) => Err(problem),
        };
        let put = match sent {
            Ok(()) => parts.put(path).await,
            Err(problem) => Err(problem),
        };
        if matches!(put, Ok(true)) {
            return Ok(());
        }
        parts.discard().await;
        put?;
        remove(lease, path).await;
        if upload.cancel.is_asked() {
            return Err(ProblemCode::UploadCancelled.into());
        }
        if attempts.is_empty() {
            return Err(other_bytes());
        }
    }
}

/// Whether the sandbox has these files with these sums, in their order.
async fn compare(lease: &Lease, files: &[(String, String)]) -> Result<Vec<bool>, Problem> {
    let sums = ask(lease, async |envd| {
        let paths = files.iter().map(|(path, _)| path.as_str());
        envd.sha256_of(paths).await
    });
    let sums = sums.await.map_err(|error| problems::envd(&error))?;
    let sums = sums.into_iter().chain(std::iter::repeat(None));
    let pairs = files.iter().zip(sums);
    Ok(pairs
        .map(|((_, wanted), is)| is.as_ref() == Some(wanted))
        .collect())
}

/// A file that is not whole must not be taken for the file.
async fn remove(lease: &Lease, path: &str) {
    let _ = ask(lease, async |envd| envd.remove(path).await).await;
}

/// Whether the sandbox lets us in, if need be with another token: asked before bytes go once more, as a
/// server that refuses a token may not read the body, and then the browser tells of a broken connection.
async fn enter(lease: &Lease) -> Result<(), Refused> {
    let there = ask(lease, async |envd| envd.stat("/").await);
    there.await.map(drop).map_err(Refused::Sandbox)
}

/// Makes the folder that files go to while they are on their way: where the user may not, it takes two more
/// ways to the sandbox, for which all would wait in the end.
async fn make_folder(lease: &Lease, folder: &str) {
    if !folder.is_empty() && folder != "/" {
        // What is wrong with it, the command that puts the files there tells.
        let _ = ask(lease, async |envd| envd.make_dir(folder).await).await;
    }
}

fn other_bytes() -> Problem {
    let what = "the sandbox had other bytes than were sent, and they were removed";
    Problem::with(ProblemCode::SandboxUploadFailed, what)
}

/// The problem of what cannot be mended by trying again.
fn ended_by(refused: &Refused, file: &File) -> Problem {
    match refused {
        Refused::Unreadable => Problem::with(ProblemCode::FileUnreadable, file.name()),
        Refused::Sandbox(
            error @ (EnvdError::SandboxGone
            | EnvdError::NoSpace { .. }
            | EnvdError::Unauthorized { .. }),
        ) => problems::envd(error),
        other => Problem::with(ProblemCode::SandboxUploadFailed, other.words()),
    }
}
