//! `POST /jobs/{id}/kill`, and the end of all jobs.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::Value;

use super::caller::Caller;
use super::read::{find, missing};
use crate::project::queue_job::{QueueJob, Status};
use crate::service_error::ServiceError;
use crate::storage::check_change;
use crate::sync::lock;
use crate::world::World;

/// How often, and for how long each time, the end of the stack looks for processes that go on.
const LOOKS: (u32, Duration) = (150, Duration::from_millis(20));

/// Asks for the end of a job: 202 with the job.
pub(super) async fn kill(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    check_change(&caller.storage)?;
    let answer = caller.storage.with(&world, |project| {
        let (number, name) = (project.id, project.name.clone());
        let Some(job) = find(project, &caller, &id) else {
            return Ok(Err(missing(&id)));
        };
        if !job.end() {
            let text = format!(
                "Job \"{id}\" is not in one of the killable states (created, waiting, processing)."
            );
            return Ok(Err(ServiceError::invalid(text)));
        }
        Ok(Ok(job.to_json((number, &name), &caller.host)))
    })??;
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Somebody else ends a job; whether there was one to end.
pub(crate) fn kill_as_other(world: &World, id: u64) -> bool {
    let mut projects = lock(&world.projects);
    let mut all = projects.iter_mut().flat_map(|it| it.queue_jobs.iter_mut());
    let job = all.find(|job| job.id == id);
    job.is_some_and(QueueJob::end)
}

/// Ends every job, and waits until their processes are gone: the stack ends.
pub(crate) async fn stop(world: &World) {
    for _ in 0..LOOKS.0 {
        if !goes_on(world) {
            return;
        }
        tokio::time::sleep(LOOKS.1).await;
    }
    eprintln!("devstack: a job does not end");
}

/// Ends what can be ended; whether a job still runs.
fn goes_on(world: &World) -> bool {
    let mut projects = lock(&world.projects);
    let all = projects.iter_mut().flat_map(|it| it.queue_jobs.iter_mut());
    let mut runs = false;
    for job in all {
        job.end();
        runs |= job.status == Status::Terminating;
    }
    runs
}
