//! Many small files in one request. A request each would take a thousand of them a thousand times the
//! way to the sandbox and back. They go as an archive ([`packed`]); as a form where they are few, or where
//! the archive did not work.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use e2b::EnvdError;
use messages::{Problem, ProblemCode};
use web_sys::{Blob, File};
use webext::batch::Batch;
use webext::blob::read_first;

use super::packed::{self, Packed};
use super::watch::{Watch, is_withdrawn, rest};
use super::{body, compare, ended_by, enter, other_bytes, remove};
use crate::run::Lease;
use crate::sandbox::entering;
use crate::state::Engine;
use crate::upload::Upload;
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
pub(crate) type Lots = Batch<Item, End>;

/// How it went for one.
type End = Result<(), NotSent>;

/// Why a file is not there.
#[derive(Clone)]
pub(crate) enum NotSent {
    /// Somebody cancelled or paused it.
    Withdrawn,
    /// It did not work.
    Failed(Problem),
}

/// A small file, where it goes, and what it must be there.
#[derive(Clone)]
pub(crate) struct Item {
    pub(super) upload: Rc<Upload>,
    pub(super) lease: Rc<Lease>,
    /// Absolute path.
    pub(super) path: String,
    pub(super) file: File,
    /// In lower-case hex.
    pub(super) sha256: String,
    /// Whether bytes of it may stand at its path.
    pub(super) may_be_there: Rc<Cell<bool>>,
}

impl Item {
    /// Whether somebody cancelled or paused it.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.upload.cancel.is_asked() || self.upload.paused.get()
    }
}

/// Sends a file with others. One that is cancelled or paused meanwhile holds none of them up.
///
/// # Errors
/// `FileUnreadable`, `SandboxVanished`, `SandboxFull`, `SandboxUploadFailed`.
pub(super) async fn send(engine: &Rc<Engine>, item: Item) -> End {
    let own = engine.clone();
    let sent = engine
        .lots
        .add(item, async move |items| all(&own, items).await);
    let broken = || Problem::with(ProblemCode::Internal, "the lot of files");
    sent.await.unwrap_or_else(|| Err(NotSent::Failed(broken())))
}

/// One lot for each sandbox and content: of two files for one path the later is to win.
async fn all(engine: &Rc<Engine>, items: Vec<Item>) -> Vec<End> {
    let mut ends: Vec<Option<End>> = vec![None; items.len()];
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
        let told = of_those_left(&files, async |files| one(engine, files).await).await;
        for (at, end) in lot.into_iter().zip(told) {
            ends[at] = Some(end);
        }
    }
    ends.into_iter().flatten().collect()
}

/// Somebody cancelled or paused one of the files: the request of all was ended, or was not begun.
struct Withdrawn;

/// Sends those that nobody withdrew; again without those that somebody withdraws meanwhile.
async fn of_those_left(
    files: &[&Item],
    send: impl AsyncFn(&[&Item]) -> Result<Vec<End>, Withdrawn>,
) -> Vec<End> {
    loop {
        let left: Vec<&Item> = files
            .iter()
            .copied()
            .filter(|it| !it.is_withdrawn())
            .collect();
        let sent = match left.is_empty() {
            true => Vec::new(),
            false => match send(&left).await {
                Ok(sent) => sent,
                Err(Withdrawn) => continue,
            },
        };
        let mut sent = left.into_iter().zip(sent).peekable();
        let end = |file: &&Item| {
            let own = sent.next_if(|(it, _)| std::ptr::eq(*it, *file));
            own.map_or(Err(NotSent::Withdrawn), |(_, end)| end)
        };
        return files.iter().map(end).collect();
    }
}

/// Why files are not there.
enum NotThere {
    /// It has nothing to do with one of them.
    AllAlike(Problem),
    /// One of them may be to blame.
    OneOfThem(Problem),
    Withdrawn,
}

async fn one(engine: &Rc<Engine>, files: &[&Item]) -> Result<Vec<End>, Withdrawn> {
    if files.len() >= packed::FROM {
        let pack = async |watch: &Watch<'_>| packed::send(engine, files, watch).await;
        match patiently(engine, files, pack).await {
            Ok(Packed::There) => return Ok(vec![Ok(()); files.len()]),
            Err(NotThere::AllAlike(problem)) => {
                return Ok(vec![Err(NotSent::Failed(problem)); files.len()]);
            }
            Err(NotThere::Withdrawn) => return Err(Withdrawn),
            Ok(Packed::AnotherWay) | Err(NotThere::OneOfThem(_)) => {}
        }
    }
    let mut ends = Vec::with_capacity(files.len());
    for form in files.chunks(FORM) {
        ends.extend(of_those_left(form, async |files| as_form(engine, files).await).await);
    }
    Ok(ends)
}

async fn as_form(engine: &Rc<Engine>, files: &[&Item]) -> Result<Vec<End>, Withdrawn> {
    let mut ends = Vec::with_capacity(files.len());
    match written(engine, files).await {
        Ok(there) => {
            for (file, is_there) in files.iter().zip(there) {
                ends.push(told(file, is_there).await);
            }
        }
        Err(NotThere::Withdrawn) => return Err(Withdrawn),
        Err(NotThere::OneOfThem(_)) if files.len() > 1 => {
            // Each by itself shows which.
            for file in files {
                ends.push(match written(engine, &[file]).await {
                    Ok(there) => told(file, there.first() == Some(&true)).await,
                    Err(NotThere::Withdrawn) => Err(NotSent::Withdrawn),
                    Err(NotThere::OneOfThem(problem) | NotThere::AllAlike(problem)) => {
                        not_there(file, problem).await
                    }
                });
            }
        }
        Err(NotThere::OneOfThem(problem) | NotThere::AllAlike(problem)) => {
            for file in files {
                ends.push(not_there(file, problem.clone()).await);
            }
        }
    }
    Ok(ends)
}

async fn not_there(file: &Item, problem: Problem) -> End {
    if problem.code != ProblemCode::SandboxVanished {
        remove(&file.lease, &file.path).await;
    }
    Err(NotSent::Failed(problem))
}

async fn told(file: &Item, is_there: bool) -> End {
    if is_there {
        return Ok(());
    }
    not_there(file, other_bytes()).await
}

/// Writes them, and tells of each whether the sandbox has it.
async fn written(engine: &Rc<Engine>, files: &[&Item]) -> Result<Vec<bool>, NotThere> {
    let Some(first) = files.first() else {
        return Ok(Vec::new());
    };
    let write = async |watch: &Watch<'_>| write(first, files, watch).await;
    patiently(engine, files, write).await?;
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

/// Sends until it works, no try is left, or one of the files is withdrawn.
async fn patiently<T>(
    engine: &Rc<Engine>,
    files: &[&Item],
    send: impl AsyncFn(&Watch<'_>) -> Result<T, Refused>,
) -> Result<T, NotThere> {
    let mut tries = 0;
    loop {
        let slot = engine.slots.acquire().await;
        if is_withdrawn(files) {
            return Err(NotThere::Withdrawn);
        }
        let watch = Watch::of(engine, files);
        let sent = async {
            if let Some(first) = files.first().filter(|_| tries > 0) {
                enter(&first.lease).await?;
            }
            send(&watch).await
        };
        let sent = watch.over(sent).await;
        drop(slot);
        let refused = match sent {
            Ok(done) => return Ok(done),
            Err(refused) => refused,
        };
        if is_withdrawn(files) {
            return Err(NotThere::Withdrawn);
        }
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
            use EnvdError::{SandboxGone, Unauthorized};
            let of_all = matches!(refused, Refused::Sandbox(SandboxGone | Unauthorized { .. }));
            let problem = match files.first() {
                Some(first) => ended_by(&refused, &first.file),
                None => ProblemCode::Internal.into(),
            };
            return Err(match failure {
                Failure::Passing { .. } => NotThere::AllAlike(problem),
                _ if of_all => NotThere::AllAlike(problem),
                _ => NotThere::OneOfThem(problem),
            });
        };
        tries += 1;
        for file in files {
            file.upload
                .change(|view| view.trouble = Some(refused.words()));
            engine.publish_upload(file.upload.view());
        }
        rest(files, u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)).await;
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

async fn write(first: &Item, files: &[&Item], watch: &Watch<'_>) -> Result<(), Refused> {
    let blobs: Vec<Blob> = files.iter().map(|it| it.file.clone().into()).collect();
    entering(&first.lease, async |envd| {
        let paths = files.iter().map(|it| it.path.as_str());
        let request = envd.upload_many_request(paths, &body::boundary())?;
        let began = |sending| {
            for file in files {
                file.may_be_there.set(true);
            }
            watch.began(sending);
        };
        body::send(&request, &blobs, watch.progress(), began).await
    })
    .await
}
