//! Jobs of Storage.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use crate::moment;
use crate::project::job::{Job, JobState};
use crate::world::World;

/// The path of a job.
#[derive(Debug, Deserialize)]
pub(super) struct JobPath {
    id: String,
}

/// `GET jobs/{id}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<JobPath>,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let job = project
            .jobs
            .iter()
            .find(|job| job.id.to_string() == path.id);
        job.map(|job| Json(job.to_json(&caller.host)))
            .ok_or_else(|| {
                StorageError::not_found(
                    "storage.jobs.notFound",
                    format!("Job {} not found", path.id),
                )
            })
    })
}

/// Adds a waiting job of the caller's, and its first answer.
pub(super) fn add(
    world: &World,
    caller: &Caller,
    operation: &'static str,
    table: Option<String>,
    parameters: Value,
) -> Result<(u64, Value), StorageError> {
    let job = Job {
        id: world.next_id(),
        operation,
        parameters,
        table,
        run_id: caller.run_id.clone(),
        creator_token: caller.token.as_creator(),
        created: moment::now(),
        started: None,
        ended: None,
        state: JobState::Waiting,
    };
    let answer = (job.id, job.to_json(&caller.host));
    caller.with(world, |project| {
        project.jobs.push(job);
        Ok(())
    })?;
    Ok(answer)
}

/// Moves a job on.
pub(super) fn advance(
    world: &World,
    caller: &Caller,
    id: u64,
    state: JobState,
) -> Result<(), StorageError> {
    caller.with(world, |project| {
        if let Some(job) = project.jobs.iter_mut().find(|job| job.id == id) {
            match state {
                JobState::Waiting => {}
                JobState::Processing => job.started = Some(moment::now()),
                JobState::Success(_) | JobState::Error(_) => job.ended = Some(moment::now()),
            }
            job.state = state;
        }
        Ok(())
    })
}

/// A job whose work is already done: the answer that says so is the next one.
pub(super) fn done(
    world: &World,
    caller: &Caller,
    operation: &'static str,
    parameters: Value,
) -> Result<Value, StorageError> {
    let (id, answer) = add(world, caller, operation, None, parameters)?;
    advance(world, caller, id, JobState::Processing)?;
    advance(world, caller, id, JobState::Success(json!([])))?;
    Ok(answer)
}
