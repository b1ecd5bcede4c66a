//! Configurations from the other side: what others write into them, and all that was ever stored.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::{Control, refusal};
use crate::moment;
use crate::project::Project;
use crate::project::configuration::Place;
use crate::sync::lock;
use crate::writers::{self, Waiting, Write};

pub(super) fn router() -> Router<Control> {
    Router::new()
        .route("/configurations/{id}/write", post(write))
        .route("/configurations/{id}/versions", get(versions))
        .route("/writers", get(writers).delete(clear_writers))
        .route("/branches/{id}", delete(end_branch))
}

/// Another person writes: now, later, or at a moment of a client's own call.
async fn write(
    State(control): State<Control>,
    Path(id): Path<String>,
    Json(write): Json<Write>,
) -> Response {
    let mut projects = lock(&control.world.projects);
    let mut found = projects.iter_mut();
    let place = |project: &Project| {
        let named = write
            .branch
            .map_or("default".to_owned(), |it| it.to_string());
        let branch = project.branch(&named)?.id;
        let all = project.configurations_of(branch);
        let own = all.into_iter().find(|own| own.id == id)?;
        Some(Place {
            branch,
            component: own.component.clone(),
            id: id.clone(),
        })
    };
    let Some((project, place)) = found.find_map(|it| place(it).map(|place| (it, place))) else {
        let text = format!("There is no configuration {id} in this branch.");
        return refusal(StatusCode::NOT_FOUND, text);
    };
    if write.when.is_some() {
        control.world.writers.add(Waiting {
            project: project.id,
            configuration: id,
            place,
            write,
        });
        return StatusCode::ACCEPTED.into_response();
    }
    if write.delay_ms > 0 {
        writers::write_later(Arc::clone(&control.world), write, project.id, place);
        return StatusCode::ACCEPTED.into_response();
    }
    match write.carry_out(project, &place) {
        Ok(version) => (StatusCode::CREATED, Json(json!({"version": version}))).into_response(),
        Err(error) => refusal(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
    }
}

async fn writers(State(control): State<Control>) -> Json<Vec<Waiting>> {
    Json(control.world.writers.all())
}

async fn clear_writers(State(control): State<Control>) -> StatusCode {
    control.world.writers.clear();
    StatusCode::NO_CONTENT
}

/// Every version of a configuration in every branch, the trash included, with its text as it lies
/// in Storage.
async fn versions(State(control): State<Control>, Path(id): Path<String>) -> Response {
    let projects = lock(&control.world.projects);
    let all = projects.iter().flat_map(|project| {
        let own = project.configurations.iter().filter(|own| own.id == id);
        own.map(move |own| (project.id, own))
    });
    let shown: Vec<Value> = all
        .flat_map(|(project, own)| {
            own.versions().map(move |version| {
                json!({
                    "project": project,
                    "branch": own.branch,
                    "component": own.component,
                    "version": version.number,
                    "created": moment::php(version.created),
                    "author": version.creator_token["description"],
                    "description": version.change_description,
                    "name": version.content.name,
                    "is_deleted": version.content.is_deleted,
                    "text": version.content.configuration.to_string(),
                })
            })
        })
        .collect();
    if shown.is_empty() {
        return refusal(
            StatusCode::NOT_FOUND,
            format!("There is no configuration {id}."),
        );
    }
    Json(shown).into_response()
}

/// A development branch is merged or deleted: nobody finds it any more, nor what was in it.
async fn end_branch(State(control): State<Control>, Path(id): Path<u64>) -> Response {
    let mut projects = lock(&control.world.projects);
    let mut ended = false;
    for project in projects.iter_mut() {
        let before = project.branches.len();
        project
            .branches
            .retain(|branch| branch.id != id || branch.is_default);
        if project.branches.len() < before {
            project.configurations.retain(|own| own.branch != id);
            ended = true;
        }
    }
    match ended {
        true => StatusCode::NO_CONTENT.into_response(),
        false => refusal(
            StatusCode::NOT_FOUND,
            format!("There is no development branch {id}."),
        ),
    }
}
