//! One job, and what it says.

use futures::join;
use keboola::Storage;
use keboola::jobs::EventRange;
use messages::Problem;
use messages::worker::{JobEvents, JobNews, ReadJob};
use webext::fetch::Fetch;

use super::queue::queue;
use super::shown;
use crate::{keboola_problem, storage_token};

/// Events of one answer.
const EVENTS: u32 = 500;

/// Reads both at once.
pub(crate) async fn read(call: &ReadJob) -> Result<JobNews, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let queue = queue(url, &token).await;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let range = EventRange {
        after: call.after.as_deref(),
        before: call.before.as_deref(),
    };
    let (job, events) = join!(
        queue.read(&call.job),
        storage.list_job_events(&call.job, range, EVENTS)
    );
    let job = job.map_err(|error| shown::problem(error, "read the job"))?;
    let events = events
        .map(|events| JobEvents {
            cut: events.len() >= EVENTS as usize,
            events: events.into_iter().map(shown::event).collect(),
        })
        .map_err(|error| keboola_problem::problem(error, "read the job's events"));
    Ok(JobNews {
        job: shown::job(url, job),
        events,
    })
}
