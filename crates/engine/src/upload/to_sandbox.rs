//! A file of Storage on its way into the sandbox: fetched there by the runner, never sent twice.

use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use e2b::{EnvdError, ProcessEvent, ProcessEvents};
use futures::StreamExt;
use futures::future::{Either, select};
use messages::engine::{AddToSandbox, SandboxCopy};
use messages::worker::{DescribeFile, RunInput};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use runtime::event::{self, EventReader};
use runtime::plan::{FetchPlan, PROTOCOL};
use transport::Http;
use webext::calls::call;
use webext::fetch::Fetch;

use super::Upload;
use super::attach::attach;
use crate::problems::{self, new_id};
use crate::run::{DATA, Lease, bundle, folder, keep_alive, rejoin};
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
    let envd = lease.envd()?;
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
    envd.write_files(files).await.map_err(failed)?;
    lease.put_runner(&bundle.hash);
    let mut process = envd
        .start(&bundle.process("fetch", &id))
        .await
        .map_err(failed)?;
    let mut told = Told {
        reader: EventReader::new(),
        problem: None,
        finished: false,
    };
    loop {
        let broken = told.listen(&mut process).await;
        let ended = broken.is_none();
        let broken = broken.unwrap_or_else(|| EnvdError::Dropped("the runner ended".to_owned()));
        if !told.finished {
            // It goes on without us, and what it tells is in its file.
            let again = rejoin(&id, lease, process.pid, told.reader.offset(), &broken).await?;
            told.reader = EventReader::resume(&told.reader);
            told.take_in(&again.told);
            match again.process {
                Some(joined) if !ended && !told.finished => {
                    process = joined;
                    continue;
                }
                _ => {}
            }
        }
        if !told.finished || told.problem.is_some() {
            return Err(told.problem.unwrap_or(ProblemCode::InputFailed.into()));
        }
        lease.remember_file(file, &input);
        if let Some(key) = &input.cache_key {
            lease.holds_now(key);
        }
        return Ok(path_of(&input.path));
    }
}

/// What the runner told.
struct Told {
    reader: EventReader,
    problem: Option<Problem>,
    finished: bool,
}

impl Told {
    /// Listens until it has finished or ended; what broke the connection before.
    async fn listen(
        &mut self,
        process: &mut ProcessEvents<<Fetch as Http>::Body>,
    ) -> Option<EnvdError> {
        while let Some(event) = process.next().await {
            match event {
                Ok(ProcessEvent::Stdout(bytes)) => self.take_in(&bytes),
                Ok(ProcessEvent::End(_)) => return None,
                Ok(_) => {}
                Err(error) => return Some(error),
            }
            if self.finished {
                return None;
            }
        }
        Some(EnvdError::Dropped("the stream ended".to_owned()))
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        while let Ok(Some(report)) = self.reader.next_report() {
            match report.event {
                event::Event::Problem(failure) => self.problem = Some(problems::runner(&failure)),
                event::Event::Finished { ok } => {
                    self.finished = true;
                    if !ok {
                        let failed = || ProblemCode::InputFailed.into();
                        self.problem.get_or_insert_with(failed);
                    }
                }
                _ => {}
            }
        }
    }
}
