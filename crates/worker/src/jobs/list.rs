//! The newest jobs of the configuration.

use messages::Problem;
use messages::worker::{JobView, ListJobs};

use super::queue::queue;
use super::shown;
use crate::storage_token;

/// How many the queue is asked for; those of other branches among them are left out.
const NEWEST: u32 = 50;

/// Lists them, newest first.
pub(crate) async fn list(call: &ListJobs) -> Result<Vec<JobView>, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let jobs = queue(url, &token)
        .await
        .list(NEWEST)
        .await
        .map_err(|error| shown::problem(error, "list the jobs"))?;
    Ok(jobs.into_iter().map(|job| shown::job(url, job)).collect())
}
