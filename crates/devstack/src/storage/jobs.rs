//! Jobs of Storage.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::parameters::Parameters;
use crate::moment;
use crate::project::job::{Job, JobError, JobState};
use crate::turns::Turn;
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

/// `GET jobs`: those of the project, the newest first.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    let limit = usize::try_from(query.number("limit")?.unwrap_or(20)).unwrap_or(usize::MAX);
    let offset = usize::try_from(query.number("offset")?.unwrap_or(0)).unwrap_or(usize::MAX);
    caller.with(&world, |project| {
        let page = project.jobs.iter().rev().skip(offset).take(limit);
        Ok(Json(page.map(|job| job.to_json(&caller.host)).collect()))
    })
}

/// What a job is about.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) operation: &'static str,
    pub(super) table: Option<String>,
    /// `operationParams` of the answer.
    pub(super) parameters: Value,
    /// When it must wait for others.
    pub(super) turn: Option<Turn>,
}

/// Starts a job that does `work` after a while, as a busy backend would; answers 202 with the job
/// as it waits.
pub(super) fn start(
    world: Arc<World>,
    caller: Caller,
    task: Task,
    work: impl Future<Output = Result<Value, JobError>> + Send + 'static,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let Task {
        operation,
        table,
        parameters,
        turn,
    } = task;
    let (id, answer) = add(&world, &caller, operation, table, parameters)?;
    tokio::spawn(async move {
        let _turn = match turn {
            None => None,
            Some(turn) => Some(turn.come().await),
        };
        let step = world.export_delay() / 2;
        tokio::time::sleep(step).await;
        let _ = advance(&world, &caller, id, JobState::Processing);
        tokio::time::sleep(step).await;
        let state = match work.await {
            Ok(results) => JobState::Success(results),
            Err(error) => JobState::Error(error),
        };
        let _ = advance(&world, &caller, id, state);
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Adds a waiting job of the caller's, and its first answer.
fn add(
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
fn advance(world: &World, caller: &Caller, id: u64, state: JobState) -> Result<(), StorageError> {
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
