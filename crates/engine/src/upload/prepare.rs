//! Entries in Storage for files that are about to be sent: asked for together, because each message to
//! the worker takes milliseconds of three processes.

use messages::worker::{FileToPrepare, PrepareUploads, PreparedUpload};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::batch::Batch;
use webext::calls::call;

/// Files of one message: the slowest of them is waited for.
pub(crate) const LOT: usize = 8;
/// Messages at the same time, so that the six connections that Chrome opens to a host over HTTP/1.1
/// never rest.
pub(crate) const LOTS: usize = 3;

/// Files that wait for their entries.
pub(crate) type Preparing = Batch<(ConfigurationUrl, FileToPrepare), Prepared>;

type Prepared = Result<PreparedUpload, Problem>;

/// Prepares a file.
pub(super) async fn prepare(
    preparing: &Preparing,
    configuration: &ConfigurationUrl,
    file: FileToPrepare,
) -> Prepared {
    let prepared = preparing.add((configuration.clone(), file), prepare_all);
    let broken = || Err(Problem::with(ProblemCode::Internal, "the entry in Storage"));
    prepared.await.unwrap_or_else(broken)
}

async fn prepare_all(files: Vec<(ConfigurationUrl, FileToPrepare)>) -> Vec<Prepared> {
    let mut ends = Vec::with_capacity(files.len());
    for some in files.chunk_by(|(one, _), (other, _)| one == other) {
        let prepare = PrepareUploads {
            configuration: some[0].0.clone(),
            files: some.iter().map(|(_, file)| file.clone()).collect(),
        };
        match call(&prepare).await {
            Ok(prepared) => ends.extend(prepared),
            Err(problem) => ends.extend(some.iter().map(|_| Err(problem.clone()))),
        }
    }
    ends
}
