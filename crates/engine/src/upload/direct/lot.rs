//! Many small files in one request. A request each would take a thousand of them a thousand times the
//! way to the sandbox and back.

use std::rc::Rc;

use messages::{Problem, ProblemCode};
use web_sys::{Blob, File};
use webext::batch::Batch;
use webext::timer;

use super::{body, compare, ended_by, other_bytes, remove};
use crate::run::Lease;
use crate::state::Engine;
use crate::upload::refused::Refused;
use transfer::transfer::Failure;

/// Files of one request.
pub(crate) const LOT: usize = 200;
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
        for at in first..items.len() {
            let same_sandbox = items[at].lease.access.id == items[first].lease.access.id;
            let is_free = |other: &usize| items[*other].path != items[at].path;
            if ends[at].is_none() && same_sandbox && lot.iter().all(is_free) {
                lot.push(at);
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

async fn one(engine: &Rc<Engine>, files: &[&Item]) -> Vec<Result<(), Problem>> {
    match written(engine, files).await {
        Err(problem) if files.len() > 1 && problem.code != ProblemCode::SandboxVanished => {
            // One of them may be to blame: each by itself shows which.
            let mut ends = Vec::with_capacity(files.len());
            for file in files {
                ends.push(match written(engine, &[file]).await {
                    Ok(there) => told(file, there.first() == Some(&true)).await,
                    Err(problem) => {
                        remove(&file.lease, &file.path).await;
                        Err(problem)
                    }
                });
            }
            ends
        }
        Err(problem) => {
            for file in files {
                remove(&file.lease, &file.path).await;
            }
            vec![Err(problem); files.len()]
        }
        Ok(there) => {
            let mut ends = Vec::with_capacity(files.len());
            for (file, is_there) in files.iter().zip(there) {
                ends.push(told(file, is_there).await);
            }
            ends
        }
    }
}

async fn told(file: &Item, is_there: bool) -> Result<(), Problem> {
    if is_there {
        return Ok(());
    }
    remove(&file.lease, &file.path).await;
    Err(other_bytes())
}

/// Writes them, and tells of each whether the sandbox has it.
async fn written(engine: &Rc<Engine>, files: &[&Item]) -> Result<Vec<bool>, Problem> {
    let Some(first) = files.first() else {
        return Ok(Vec::new());
    };
    let mut tries = 0;
    loop {
        let slot = engine.slots.acquire().await;
        let sent = write(first, files).await;
        drop(slot);
        let Err(refused) = sent else { break };
        let pause = match refused.failure() {
            Failure::Passing { retry_after } => {
                transfer::retry::pause(tries, TRIES, retry_after, js_sys::Math::random())
            }
            Failure::Expired | Failure::Final => None,
        };
        let Some(pause) = pause else {
            return Err(ended_by(&refused, &first.file));
        };
        tries += 1;
        timer::sleep_ms(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX)).await;
    }
    let wanted: Vec<(String, String)> = files
        .iter()
        .map(|it| (it.path.clone(), it.sha256.clone()))
        .collect();
    compare(&first.lease, &wanted).await
}

async fn write(first: &Item, files: &[&Item]) -> Result<(), Refused> {
    let envd = first.lease.envd().map_err(|_| Refused::NotBegun)?;
    let paths = files.iter().map(|it| it.path.as_str());
    let request = envd.upload_many_request(paths, &body::boundary());
    let request = request.map_err(Refused::Sandbox)?;
    let blobs: Vec<Blob> = files.iter().map(|it| it.file.clone().into()).collect();
    body::send(&request, &blobs, |_| {}, |_| {}).await
}
