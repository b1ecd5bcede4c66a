//! A file of Storage on its way into the sandbox: fetched there by the runner, never sent twice.

use std::rc::Rc;

use bytes::Bytes;
use e2b::ProcessEvent;
use futures::StreamExt;
use messages::engine::{AddToSandbox, SandboxCopy};
use messages::worker::{DescribeFile, RunInput};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use runtime::event::{self, EventReader};
use runtime::plan::{FetchPlan, PROTOCOL};
use webext::calls::call;

use super::Upload;
use super::attach::attach;
use crate::problems::{self, new_id};
use crate::run::{DATA, Lease, bundle, folder};
use crate::state::Engine;

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
        tell(engine, upload, bring(configuration, &lease, file).await);
    }
}

/// The same for any file of Storage.
///
/// # Errors
/// When it cannot be made an input of runs.
pub(crate) async fn add(engine: &Engine, call: &AddToSandbox) -> Result<SandboxCopy, Problem> {
    attach(&engine.attaching, &call.configuration, call.file).await?;
    Ok(match free_lease(engine, &call.configuration) {
        Some(lease) => bring(&call.configuration, &lease, call.file).await,
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

async fn bring(configuration: &ConfigurationUrl, lease: &Lease, file: u64) -> SandboxCopy {
    match fetch(configuration, lease, file).await {
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
    let mut reader = EventReader::new();
    let mut problem = None;
    while let Some(event) = process.next().await {
        let ProcessEvent::Stdout(bytes) = event.map_err(failed)? else {
            continue;
        };
        reader.push(&bytes);
        while let Ok(Some(report)) = reader.next_report() {
            match report.event {
                event::Event::Problem(failure) => problem = Some(problems::runner(&failure)),
                event::Event::Finished { ok: true } => {
                    lease.remember_file(file, &input);
                    if let Some(key) = &input.cache_key {
                        lease.holds_now(key);
                    }
                    return Ok(path_of(&input.path));
                }
                _ => {}
            }
        }
    }
    Err(problem.unwrap_or_else(|| ProblemCode::InputFailed.into()))
}
