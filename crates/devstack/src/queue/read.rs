//! `GET /jobs/{id}` and `GET /search/jobs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::caller::Caller;
use crate::project::Project;
use crate::project::queue_job::{QueueJob, Status};
use crate::service_error::ServiceError;
use crate::storage::{Commas, Parameters};
use crate::world::World;

/// Jobs of one answer, at the most.
const MOST: u64 = 500;

const FILTERS: [&str; 4] = ["component", "config", "status", "branchId"];
const OTHERS: [&str; 4] = ["limit", "offset", "sortBy", "sortOrder"];

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
    let search = Search::read(&Parameters::from_query(&query.unwrap_or_default()))?;
    let answer = caller.storage.with(&world, |project| {
        let may_see = |job: &&QueueJob| caller.storage.token.may_use_component(&job.component);
        let production = project.default_branch();
        let seen = project.queue_jobs.iter().filter(may_see);
        let mut found: Vec<&QueueJob> = seen
            .filter(|job| search.is_met_by(job, production))
            .collect();
        search.order.sort(&mut found);
        if !search.ascending {
            found.reverse();
        }
        let page = found.into_iter().skip(search.offset).take(search.limit);
        let told = page.map(|job| job.to_json((project.id, &project.name), &caller.host));
        Ok(told.collect())
    })?;
    Ok(Json(answer))
}

/// What is asked of the search. An empty filter lets all through.
struct Search {
    components: Vec<String>,
    configurations: Vec<String>,
    statuses: Vec<String>,
    branches: Vec<String>,
    order: Order,
    ascending: bool,
    offset: usize,
    limit: usize,
}

/// What jobs are sorted by.
#[derive(Debug, Clone, Copy)]
enum Order {
    Id,
    Created,
    Started,
    Ended,
}

impl Order {
    fn sort(self, jobs: &mut [&QueueJob]) {
        match self {
            Self::Id => jobs.sort_by_key(|job| job.id),
            Self::Created => jobs.sort_by_key(|job| job.created),
            Self::Started => jobs.sort_by_key(|job| job.started),
            Self::Ended => jobs.sort_by_key(|job| job.ended),
        }
    }
}

impl Search {
    fn read(query: &Parameters) -> Result<Self, ServiceError> {
        let refuse = |text: String| Err(ServiceError::invalid(text));
        let mut names = query.names();
        if let Some(name) = names.find(|name| !FILTERS.contains(name) && !OTHERS.contains(name)) {
            // The real queue knows more, which would be wrong to pass over.
            return refuse(format!("The dev stack's queue does not know \"{name}\"."));
        }
        let limit = query.number("limit")?.unwrap_or(100);
        if !(1..=MOST).contains(&limit) {
            return refuse(format!("\"limit\" must be between 1 and {MOST}."));
        }
        let order = match query.text("sortBy")?.as_deref() {
            None | Some("id") => Order::Id,
            Some("createdTime") => Order::Created,
            Some("startTime") => Order::Started,
            Some("endTime") => Order::Ended,
            Some(other) => {
                return refuse(format!("The dev stack does not sort jobs by \"{other}\"."));
            }
        };
        let ascending = match query.text("sortOrder")?.as_deref() {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return refuse("\"sortOrder\" must be asc or desc.".to_owned()),
        };
        let texts = |name| query.texts(name, Commas::Belong);
        let statuses = texts("status")?;
        if let Some(word) = statuses.iter().find(|word| !Status::is_word(word)) {
            return refuse(format!("\"{word}\" is not a status of a job."));
        }
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        Ok(Self {
            components: texts("component")?,
            configurations: texts("config")?,
            statuses,
            branches: texts("branchId")?,
            order,
            ascending,
            offset: number(query.number("offset")?.unwrap_or(0)),
            limit: number(limit),
        })
    }

    /// `production` is the id of the branch that jobs without one belong to.
    fn is_met_by(&self, job: &QueueJob, production: u64) -> bool {
        let any = |wanted: &[String], own: Option<&str>| {
            wanted.is_empty() || wanted.iter().any(|one| Some(one.as_str()) == own)
        };
        let branch = job.branch.unwrap_or(production);
        let is_of = |name: &String| {
            let is_named = matches!(name.as_str(), "default" | "null") && branch == production;
            is_named || *name == branch.to_string()
        };
        any(&self.components, Some(&job.component))
            && any(&self.configurations, job.configuration.as_deref())
            && any(&self.statuses, Some(job.status.word()))
            && (self.branches.is_empty() || self.branches.iter().any(is_of))
    }
}
