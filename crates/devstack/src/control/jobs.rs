//! Jobs of the queue, seen and moved from outside.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Control, refusal};
use crate::queue::{Switches, kill_as_other};
use crate::sync::lock;

pub(super) fn router() -> Router<Control> {
    Router::new()
        .route("/jobs", post(switch))
        .route("/jobs/{id}/kill", post(kill))
        .route("/configurations/{id}/jobs", get(of_configuration))
}

/// How jobs behave from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jobs {
    start_delay_ms: u64,
    /// So old a new job says that it is.
    #[serde(default)]
    age_s: u64,
}

async fn switch(State(control): State<Control>, Json(jobs): Json<Jobs>) -> StatusCode {
    control.world.queue.switch(Switches {
        start_delay: Duration::from_millis(jobs.start_delay_ms),
        age: Duration::from_secs(jobs.age_s),
    });
    StatusCode::NO_CONTENT
}

/// Another person ends a job.
async fn kill(State(control): State<Control>, Path(id): Path<u64>) -> Response {
    match kill_as_other(&control.world, id) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => refusal(StatusCode::NOT_FOUND, format!("No job {id} goes on.")),
    }
}

/// Every job of a configuration, the newest first.
async fn of_configuration(State(control): State<Control>, Path(id): Path<String>) -> Json<Value> {
    let projects = lock(&control.world.projects);
    let all = projects
        .iter()
        .flat_map(|project| project.queue_jobs.iter().rev());
    let own = all.filter(|job| job.configuration.as_ref() == Some(&id));
    let told = own.map(|job| {
        json!({
            "id": job.id, "configuration": job.configuration, "mode": job.mode,
            "status": job.status.word(), "branch": job.branch, "result": job.result,
        })
    });
    Json(told.collect())
}
