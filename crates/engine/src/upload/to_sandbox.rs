//! A file of Storage on its way into the sandbox: fetched there by the runner, never sent twice.

use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use e2b::{Envd, EnvdError, Pid, ProcessEvent, ProcessEvents, Selector};
use futures::future::{Either, select};
use messages::engine::{AddToSandbox, SandboxCopy};
use messages::worker::{DescribeFile, RunInput};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use runtime::event::{Event, EventError};
use runtime::follow::{End, Heard, Runner, follow};
use runtime::plan::{FetchPlan, PROTOCOL};
use transport::Http;
use webext::calls::call;
use webext::fetch::Fetch;
use webext::timer;

use super::Upload;
use super::attach::attach;
use crate::problems::{self, new_id};
use crate::run::{
    DATA, EVENTS_PART, EVENTS_SILENCE_MS, Lease, bundle, events_of, folder, keep_alive, patient,
};
use crate::sandbox::ask;
use crate::state::Engine;

/// Seconds of life that are asked for at the least while the file is fetched.
const LIFE_SECONDS: u32 = 300;

/// Makes the uploaded file an input of later runs, and fetches it now where a sandbox lives and no
/// run is using it.
pub(crate) async fn attach_and_fetch(engine: &Rc<Engine>, upload: &Rc<Upload>) {
    let Some(file) = upload.view().file else {
        return;
    };
    let configuration = &upload.configuration;
    if let Err(problem) = attach(&engine.attaching, configuration, file).await {
        return tell(engine, upload, SandboxCopy::Failed(problem));
    }
    if let Some(lease) = free_lease(engine, configuration) {
        tell(engine, upload, SandboxCopy::Fetching);
        tell(
            engine,
            upload,
            bring(engine, configuration, &lease, file).await,
        );
    }
}

/// The same for any file of Storage.
///
/// # Errors
/// When it cannot be made an input of runs.
pub(crate) async fn add(engine: &Engine, call: &AddToSandbox) -> Result<SandboxCopy, Problem> {
    attach(&engine.attaching, &call.configuration, call.file).await?;
    Ok(match free_lease(engine, &call.configuration) {
        Some(lease) => bring(engine, &call.configuration, &lease, call.file).await,
        None => SandboxCopy::NextRun,
    })
}

/// The live sandbox of a configuration, unless a run is using it.
fn free_lease(engine: &Engine, configuration: &ConfigurationUrl) -> Option<Rc<Lease>> {
    let key = configuration.key();
    let runs = engine.runs.borrow();
    let busy = runs.get(&key).is_some_and(|run| !run.is_over());
    engine.live_lease(&key).filter(|_| !busy)
}

async fn bring(
    engine: &Engine,
    configuration: &ConfigurationUrl,
    lease: &Lease,
    file: u64,
) -> SandboxCopy {
    let fetched = pin!(fetch(configuration, lease, file));
    // A large file may take longer than the sandbox was to live.
    let fetched = match select(fetched, pin!(keep_alive(engine, lease, LIFE_SECONDS))).await {
        Either::Left((fetched, _)) => fetched,
        Either::Right(_) => Err(ProblemCode::InputFailed.into()),
    };
    match fetched {
        Ok(path) => SandboxCopy::There { path },
        // The sandbox ended meanwhile: the file comes with the next run's.
        Err(problem) if problem.code == ProblemCode::SandboxVanished => SandboxCopy::NextRun,
        Err(problem) => SandboxCopy::Failed(problem),
    }
}

/// A run put an input into its place: if it is an uploaded file, that is where it is now.
pub(crate) fn arrived(engine: &Engine, configuration: &str, path: &str) {
    let uploads: Vec<Rc<Upload>> = engine.uploads.borrow().clone();
    for upload in uploads {
        let view = upload.view();
        let ours = view.configuration == configuration && view.sandbox != SandboxCopy::None;
        if ours
            && view
                .file
                .is_some_and(|file| path.starts_with(&format!("in/files/{file}_")))
        {
            tell(
                engine,
                &upload,
                SandboxCopy::There {
                    path: path_of(path),
                },
            );
        }
    }
}

/// Absolute path in the sandbox of a path below `/data`.
fn path_of(path: &str) -> String {
    format!("{DATA}/{path}")
}

fn tell(engine: &Engine, upload: &Upload, copy: SandboxCopy) {
    upload.change(|view| view.sandbox = copy);
    engine.publish_upload(upload.view());
}

/// Has the runner fetch the file; returns its absolute path.
async fn fetch(
    configuration: &ConfigurationUrl,
    lease: &Lease,
    file: u64,
) -> Result<String, Problem> {
    let describe = DescribeFile {
        configuration: configuration.clone(),
        file,
        unpack: false,
    };
    let input: RunInput = call(&describe).await?;
    let bundle = bundle().await?;
    let id = format!("fetch-{}", new_id());
    let plan = FetchPlan {
        protocol: PROTOCOL,
        run: id.clone(),
        data: DATA.to_owned(),
        ready: vec![input.clone()],
    };
    let plan = serde_json::to_vec(&plan)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the plan could not be written"))?;
    let mut files = vec![(format!("{}/plan.json", folder(&id)), Bytes::from(plan))];
    if !lease.has_runner(&bundle.hash) {
        files.extend(bundle.files());
    }
    let failed = |error| problems::envd(&error);
    let put = ask(lease, async |envd| envd.write_files(files.clone()).await);
    put.await.map_err(failed)?;
    lease.put_runner(&bundle.hash);
    let process = bundle.process("fetch", &id);
    let process = ask(lease, async |envd| envd.start(&process).await);
    let process = process.await.map_err(failed)?;
    let mut fetching = Fetching {
        lease,
        id: &id,
        group: process.pid,
        problem: None,
    };
    // It goes on without us, and what it tells is in its file.
    let end = follow(&mut fetching, Some(process)).await;
    let end = end.map_err(|Lost(problem)| problem)?;
    if end != End::Finished || fetching.problem.is_some() {
        let unknown = ProblemCode::InputFailed.into();
        return Err(fetching.problem.unwrap_or(unknown));
    }
    lease.remember_file(file, &input);
    if let Some(key) = &input.cache_key {
        lease.holds_now(key);
    }
    Ok(path_of(&input.path))
}

/// The runner that fetches a file.
struct Fetching<'a> {
    lease: &'a Lease,
    id: &'a str,
    group: Pid,
    problem: Option<Problem>,
}

/// It can be followed no more.
struct Lost(Problem);

impl From<EventError> for Lost {
    fn from(error: EventError) -> Self {
        Self(Problem::with(ProblemCode::SandboxBroken, error.to_string()))
    }
}

impl Runner for Fetching<'_> {
    type Stream = ProcessEvents<<Fetch as Http>::Body>;
    type Ended = ();
    type Error = Lost;

    async fn next(&mut self, stream: &mut Self::Stream) -> Heard<()> {
        match stream.next_within(timer::sleep_ms(EVENTS_SILENCE_MS)).await {
            Some(Ok(ProcessEvent::Stdout(bytes))) => Heard::Output(bytes),
            Some(Ok(ProcessEvent::End(_))) => Heard::Ended(()),
            Some(Ok(_)) => Heard::Aside,
            Some(Err(_)) | None => Heard::Lost,
        }
    }

    async fn join(&mut self) -> Result<Option<Self::Stream>, Lost> {
        let runner = Selector::Pid(self.group);
        let joined = patient(self.lease, async |envd| envd.connect(&runner).await, || {});
        match joined.await {
            Ok(stream) => Ok(Some(stream)),
            Err(EnvdError::NotFound { .. }) => Ok(None),
            Err(error) => Err(Lost(problems::envd(&error))),
        }
    }

    async fn read(&mut self, from: u64) -> Result<Vec<u8>, Lost> {
        let path = events_of(self.id);
        let read =
            async |envd: Envd<'static, Fetch>| envd.read_file_part(&path, from, EVENTS_PART).await;
        let told = patient(self.lease, read, || {}).await;
        told.map(Vec::from)
            .map_err(|error| Lost(problems::envd(&error)))
    }

    async fn breathe(&mut self) {}

    fn take(&mut self, event: Event, _: u32) {
        match event {
            Event::Problem(failure) => self.problem = Some(problems::runner(&failure)),
            Event::Finished { ok: false } => {
                self.problem.get_or_insert(ProblemCode::InputFailed.into());
            }
            _ => {}
        }
    }
}
