//! Ending a job.

use keboola::KeboolaError;
use messages::worker::{JobView, KillJob};
use messages::{Problem, ProblemCode};

use super::queue::queue;
use super::shown;
use crate::storage_token;

/// Asks the queue to end it.
pub(crate) async fn kill(call: &KillJob) -> Result<JobView, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let ended = queue(url, &token).await.kill(&call.job).await;
    match ended {
        Ok(job) => Ok(shown::job(url, job)),
        Err(KeboolaError::Refused {
            status: 400,
            message,
            ..
        }) => Err(Problem::with(ProblemCode::JobOver, message)),
        Err(error) => Err(shown::problem(error, "end the job")),
    }
}
