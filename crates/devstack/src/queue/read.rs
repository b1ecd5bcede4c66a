//! `GET /jobs/{id}` and `GET /search/jobs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::caller::Caller;
use crate::project::Project;
use crate::project::queue_job::QueueJob;
use crate::service_error::ServiceError;
use crate::storage::Parameters;
use crate::world::World;

/// Jobs of one answer, at the most.
const MOST: u64 = 500;

/// The job of this id, if the caller may see it.
pub(super) fn find<'a>(
    project: &'a mut Project,
    caller: &Caller,
    id: &str,
) -> Option<&'a mut QueueJob> {
    let token = &caller.storage.token;
    project
        .queue_jobs
        .iter_mut()
        .find(|job| job.id.to_string() == id)
        .filter(|job| token.may_use_component(&job.component))
}

pub(super) fn missing(id: &str) -> ServiceError {
    ServiceError::not_found(format!("Job \"{id}\" not found."))
}

/// One job.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ServiceError> {
    let found = caller.storage.with(&world, |project| {
        let (number, name) = (project.id, project.name.clone());
        let job = find(project, &caller, &id);
        Ok(job.map(|job| job.to_json((number, &name), &caller.host)))
    })?;
    found.map(Json).ok_or_else(|| missing(&id))
}

/// The project's jobs by `component`, `config`, `status`, `branchId` (each once or several times), the
/// newest first unless `sortOrder` is `asc`.
pub(super) async fn search(
    State(world): State<Arc<World>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ServiceError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    let limit = query.number("limit")?.unwrap_or(100);
    if limit > MOST {
        let text = format!("\"limit\" must be {MOST} at most.");
        return Err(ServiceError::invalid(text));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let ascending = query.text("sortOrder")?.as_deref() == Some("asc");
    let wanted = |name: &str, own: Option<&str>| match query.get(name) {
        None => true,
        Some(Value::Array(all)) => all.iter().any(|it| it.as_str() == own),
        Some(Value::Object(all)) => all.values().any(|it| it.as_str() == own),
        Some(one) => one.as_str() == own,
    };
    let answer = caller.storage.with(&world, |project| {
        let mut found: Vec<&QueueJob> = project
            .queue_jobs
            .iter()
            .filter(|job| caller.storage.token.may_use_component(&job.component))
            .filter(|job| {
                let branch = job.branch.map(|branch| branch.to_string());
                wanted("component", Some(&job.component))
                    && wanted("config", job.configuration.as_deref())
                    && wanted("status", Some(job.status.word()))
                    && wanted("branchId", branch.as_deref())
            })
            .collect();
        if !ascending {
            found.reverse();
        }
        let told = found
            .into_iter()
            .take(limit)
            .map(|job| job.to_json((project.id, &project.name), &caller.host));
        Ok(told.collect())
    })?;
    Ok(Json(answer))
}
