//! `POST /jobs/{id}/kill`, and the end of all jobs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::Value;

use super::caller::Caller;
use super::read::{find, missing};
use crate::project::queue_job::QueueJob;
use crate::service_error::ServiceError;
use crate::sync::lock;
use crate::world::World;

/// Asks for the end of a job: 202 with the job.
pub(super) async fn kill(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let answer = caller.storage.with(&world, |project| {
        let (number, name) = (project.id, project.name.clone());
        let Some(job) = find(project, &caller, &id) else {
            return Ok(Err(missing(&id)));
        };
        if !job.status.is_killable() || *job.kill.borrow() {
            let text = format!(
                "Job \"{id}\" is not in one of the killable states (created, waiting, processing)."
            );
            return Ok(Err(ServiceError::invalid(text)));
        }
        job.kill.send_replace(true);
        Ok(Ok(job.to_json((number, &name), &caller.host)))
    })??;
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Somebody else ends a job; whether there was one to end.
pub(crate) fn kill_as_other(world: &World, id: u64) -> bool {
    let mut projects = lock(&world.projects);
    let mut all = projects.iter_mut().flat_map(|it| it.queue_jobs.iter_mut());
    let job = all.find(|job| job.id == id && job.status.is_killable());
    job.map(|job| job.kill.send_replace(true)).is_some()
}

/// Ends every job: the stack ends.
pub(crate) fn stop(world: &World) {
    let projects = lock(&world.projects);
    let all = projects.iter().flat_map(|project| &project.queue_jobs);
    for job in all.filter(|job: &&QueueJob| !job.status.is_finished()) {
        job.kill.send_replace(true);
    }
}
