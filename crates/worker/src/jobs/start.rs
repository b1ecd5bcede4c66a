//! Starting a job, one at a time, and never a second in place of one whose answer got lost.

use std::rc::Rc;

use futures::lock::Mutex;
use keboola::KeboolaError;
use keboola::jobs::{Before, Earlier, Job, StartError};
use messages::worker::{StartJob, StartOutcome};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::storage::Area;

use super::queue::queue;
use super::shown;
use crate::storage_token;

thread_local! {
    // Two panels, or two presses, must see each other's job.
    static STARTING: Rc<Mutex<()>> = Rc::default();
}

/// Starts a job unless one goes on that the person has not seen.
pub(crate) async fn start(call: &StartJob) -> Result<StartOutcome, Problem> {
    let starting = STARTING.with(Rc::clone);
    let _one_at_a_time = starting.lock().await;
    let url = &call.configuration;
    let stored = storage_token::stored(url)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    let queue = queue(url, &stored.token).await;
    let wrong = |error| shown::problem(error, "look for jobs that go on");
    let before = queue
        .before_start(
            call.mode,
            Some(&stored.id),
            &call.beside,
            &recall(url).await,
        )
        .await
        .map_err(wrong)?;
    let start = match before {
        Before::Clear(start) => start,
        Before::Busy(jobs) => {
            let jobs = jobs.into_iter().map(|job| shown::job(url, job)).collect();
            return Ok(StartOutcome::Busy(jobs));
        }
        Before::Found(job) => {
            note(url, &started(&job)).await?;
            return Ok(StartOutcome::Found(shown::job(url, *job)));
        }
    };
    // Before it is asked for: this worker may end before the answer comes.
    note(
        url,
        &Earlier {
            lost: Some(start.clone()),
            last: None,
        },
    )
    .await?;
    match queue.start(call.mode, &start).await {
        Ok(job) => {
            note(url, &started(&job)).await?;
            Ok(StartOutcome::Started(shown::job(url, job)))
        }
        Err(StartError::Refused(error)) => {
            note(url, &Earlier::default()).await?;
            Err(refused(error))
        }
        Err(StartError::Unknown(error)) => Err(Problem::with(
            ProblemCode::JobStartUnknown,
            error.to_string(),
        )),
    }
}

fn started(job: &Job) -> Earlier {
    Earlier {
        lost: None,
        last: Some(job.id.clone()),
    }
}

fn refused(error: KeboolaError) -> Problem {
    match error {
        KeboolaError::NotFound { message, .. } => {
            Problem::with(ProblemCode::ConfigurationMissing, message)
        }
        other => shown::problem(other, "start the job"),
    }
}

async fn recall(configuration: &ConfigurationUrl) -> Earlier {
    let text = Area::Session.read(&key(configuration)).await.ok().flatten();
    // What another version wrote counts as nothing.
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

async fn note(configuration: &ConfigurationUrl, earlier: &Earlier) -> Result<(), Problem> {
    let broken = |why: String| Problem::with(ProblemCode::Internal, why);
    let text = serde_json::to_string(earlier).map_err(|error| broken(error.to_string()))?;
    Area::Session
        .write(&key(configuration), &text)
        .await
        .map_err(|error| broken(error.to_string()))
}

fn key(configuration: &ConfigurationUrl) -> String {
    format!("job/{}", configuration.key())
}
