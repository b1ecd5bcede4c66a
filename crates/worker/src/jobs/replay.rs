//! A debug job once more, in a sandbox: the version that it ran, on the inputs that it had.

use keboola::page::CUSTOM_PYTHON;
use keboola::{Configuration, FileQuery, Storage, StorageToken};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::fetch::Fetch;

use super::queue::queue;
use super::shown;
use crate::keboola_problem::problem;

/// What /data held before the script began (reference keboola §6).
const ARCHIVE: &str = "stage_0.zip";

/// What a debug job leaves for a run.
pub(crate) struct Replay {
    /// The configuration that it ran.
    pub(crate) configuration: Configuration,
    /// Id of the archive of its inputs.
    pub(crate) archive: u64,
}

/// Finds both.
pub(crate) async fn of(
    url: &ConfigurationUrl,
    token: &StorageToken,
    job: &str,
) -> Result<Replay, Problem> {
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), token);
    let tag = format!("jobId:{job}");
    let archives = FileQuery::tagged(&["debug", &tag]);
    let queue = queue(url, token).await;
    let (told, files) = futures::join!(queue.read(job), storage.list_files(&archives));
    let told = told.map_err(|error| shown::problem(error, "read the job"))?;
    let files = files.map_err(|error| problem(error, "look for the job's archive"))?;
    let archive = files
        .iter()
        .find(|file| file.name == ARCHIVE)
        .ok_or_else(|| Problem::with(ProblemCode::ReplayMissing, format!("job {job}")))?
        .id;
    let missing = || Problem::with(ProblemCode::ReplayMissing, format!("version of job {job}"));
    let version = told.version.ok_or_else(missing)?;
    let configuration = storage
        .read_version(CUSTOM_PYTHON, &url.configuration, version)
        .await
        .map_err(|error| problem(error, "read the version that the job ran"))?;
    Ok(Replay {
        configuration,
        archive,
    })
}
