//! Many small files in one request. A request each would take a thousand of them a thousand times the
//! way to the sandbox and back. They go as an archive ([`packed`]); as a form where they are few, or where
//! the archive did not work.

use std::collections::HashSet;
use std::rc::Rc;

use e2b::EnvdError;
use messages::{Problem, ProblemCode};
use web_sys::{Blob, File};
use webext::batch::Batch;
use webext::blob::read_first;
use webext::timer;

use super::packed::{self, Packed};
use super::{body, compare, ended_by, other_bytes, remove};
use crate::run::Lease;
use crate::state::Engine;
use crate::upload::refused::Refused;
use transfer::transfer::Failure;

/// Files of one request.
pub(crate) const LOT: usize = 2_000;
/// How long the first file waits for company, in milliseconds.
pub(crate) const GATHER_MS: u32 = 10;
/// Bytes of one request: what is sent again when it breaks.
const LOT_BYTES: u64 = 64 * 1024 * 1024;
/// Files of one form.
const FORM: usize = 200;
/// Requests at the same time.
pub(crate) const LOTS: usize = 2;

/// How often a request is tried.
const TRIES: u32 = 6;

/// Files that wait for their request.
pub(crate) type Lots = Batch<Item, Result<(), Problem>>;

/// A small file, where it goes, and what it must be there.
#[derive(Clone)]
pub(crate) struct Item {
    pub(super) lease: Rc<Lease>,
    /// Absolute path.
    pub(super) path: String,
    pub(super) file: File,
    /// In lower-case hex.
    pub(super) sha256: String,
}

/// Sends a file with others.
///
/// # Errors
/// `FileUnreadable`, `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`.
pub(super) async fn send(engine: &Rc<Engine>, item: Item) -> Result<(), Problem> {
    let own = engine.clone();
    let sent = engine
        .lots
        .add(item, async move |items| all(&own, items).await);
    let broken = || Err(Problem::with(ProblemCode::Internal, "the lot of files"));
    sent.await.unwrap_or_else(broken)
}

/// One lot for each sandbox and content: of two files for one path the later is to win.
async fn all(engine: &Rc<Engine>, items: Vec<Item>) -> Vec<Result<(), Problem>> {
    let mut ends: Vec<Option<Result<(), Problem>>> = vec![None; items.len()];
    while let Some(first) = ends.iter().position(Option::is_none) {
        let mut lot: Vec<usize> = Vec::new();
        let (mut paths, mut bytes) = (HashSet::new(), 0);
        for at in first..items.len() {
            let same_sandbox = items[at].lease.access.id == items[first].lease.access.id;
            let after = bytes + packed::size(&items[at]);
            let has_room = lot.is_empty() || after <= LOT_BYTES;
            if ends[at].is_none() && same_sandbox && has_room && paths.insert(&items[at].path) {
                lot.push(at);
                bytes = after;
            }
        }
        let files: Vec<&Item> = lot.iter().map(|at| &items[*at]).collect();
        let told = one(engine, &files).await;
        for (at, end) in lot.into_iter().zip(told) {
            ends[at] = Some(end);
        }
    }
    ends.into_iter().flatten().collect()
}

/// Why files are not there.
enum NotThere {
    /// It has nothing to do with one of them.
    AllAlike(Problem),
    /// One of them may be to blame.
    OneOfThem(Problem),
}

async fn one(engine: &Rc<Engine>, files: &[&Item]) -> Vec<Result<(), Problem>> {
    if files.len() >= packed::FROM {
        let sent = patiently(engine, files, async || packed::send(engine, files).await).await;
        match sent {
            Ok(Packed::There) => return vec![Ok(()); files.len()],
            Err(NotThere::AllAlike(problem)) => return vec![Err(problem); files.len()],
            Ok(Packed::AnotherWay) | Err(NotThere::OneOfThem(_)) => {}
        }
    }
    let mut ends = Vec::with_capacity(files.len());
    for form in files.chunks(FORM) {
        ends.extend(as_form(engine, form).await);
    }
    ends
}

async fn as_form(engine: &Rc<Engine>, files: &[&Item]) -> Vec<Result<(), Problem>> {
    let mut ends = Vec::with_capacity(files.len());
    match written(engine, files).await {
        Ok(there) => {
            for (file, is_there) in files.iter().zip(there) {
                ends.push(told(file, is_there).await);
            }
        }
        Err(NotThere::OneOfThem(_)) if files.len() > 1 => {
            // Each by itself shows which.
            for file in files {
                ends.push(match written(engine, &[file]).await {
                    Ok(there) => told(file, there.first() == Some(&true)).await,
                    Err(why) => not_there(file, why).await,
                });
            }
        }
        Err(NotThere::OneOfThem(problem) | NotThere::AllAlike(problem)) => {
            for file in files {
                ends.push(not_there(file, NotThere::AllAlike(problem.clone())).await);
            }
        }
    }
    ends
}

async fn not_there(file: &Item, why: NotThere) -> Result<(), Problem> {
    let (NotThere::AllAlike(problem) | NotThere::OneOfThem(problem)) = why;
    if problem.code != ProblemCode::SandboxVanished {
        remove(&file.lease, &file.path).await;
    }
    Err(problem)
}

async fn told(file: &Item, is_there: bool) -> Result<(), Problem> {
    if is_there {
        return Ok(());
    }
    remove(&file.lease, &file.path).await;
    Err(other_bytes())
}

/// Writes them, and tells of each whether the sandbox has it.
async fn written(engine: &Rc<Engine>, files: &[&Item]) -> Result<Vec<bool>, NotThere> {
    let Some(first) = files.first() else {
        return Ok(Vec::new());
    };
    patiently(engine, files, async || write(first, files).await).await?;
    let wanted: Vec<(String, String)> = files
        .iter()
        .map(|it| (it.path.clone(), it.sha256.clone()))
        .collect();
    let there = compare(&first.lease, &wanted).await;
    there.map_err(|problem| match problem.code {
        ProblemCode::SandboxVanished => NotThere::AllAlike(problem),
        _ => NotThere::OneOfThem(problem),
    })
}

/// Sends until it works or no try is left.
async fn patiently<T>(
    engine: &Rc<Engine>,
    files: &[&Item],
    send: impl AsyncFn() -> Result<T, Refused>,
) -> Result<T, NotThere> {
    let mut tries = 0;
    loop {
        let slot = engine.slots.acquire().await;
        let sent = send().await;
        drop(slot);
        let refused = match sent {
            Ok(done) => return Ok(done),
            Err(refused) => refused,
        };
        // The browser tells of a file that cannot be read as of a broken connection.
        if refused == Refused::Network
            && let Some(gone) = unreadable(files).await
        {
            let problem = ended_by(&Refused::Unreadable, &gone.file);
            return Err(NotThere::OneOfThem(problem));
        }
        let failure = refused.failure();
        let pause = match failure {
            Failure::Passing { retry_after } => {
                transfer::retry::pause(tries, TRIES, retry_after, js_sys::Math::random())
            }
            Failure::Expired | Failure::Final => None,
        };
        let Some(pause) = pause else {
            let gone = matches!(refused, Refused::Sandbox(EnvdError::SandboxGone));
            let problem = match files.first() {
                Some(first) => ended_by(&refused, &first.file),
                None => ProblemCode::Internal.into(),
            };
            return Err(match failure {
                Failure::Passing { .. } => NotThere::AllAlike(problem),
                _ if gone => NotThere::AllAlike(problem),
                _ => NotThere::OneOfThem(problem),
            });
        };
        tries += 1;
        timer::sleep_ms(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)).await;
    }
}

/// The first that is gone from the disk, or was changed since it was chosen.
async fn unreadable<'a>(files: &[&'a Item]) -> Option<&'a Item> {
    for file in files {
        if read_first(&file.file, 1).await.is_none() {
            return Some(file);
        }
    }
    None
}

async fn write(first: &Item, files: &[&Item]) -> Result<(), Refused> {
    let envd = first.lease.envd().map_err(|_| Refused::NotBegun)?;
    let paths = files.iter().map(|it| it.path.as_str());
    let request = envd.upload_many_request(paths, &body::boundary());
    let request = request.map_err(Refused::Sandbox)?;
    let blobs: Vec<Blob> = files.iter().map(|it| it.file.clone().into()).collect();
    body::send(&request, &blobs, |_| {}, |_| {}).await
}
