//! Making, changing and deleting configurations (reference/keboola.md section 4). Nothing is locked:
//! the last write wins, and each makes a version.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Caller;
use super::components::{self, ComponentPath};
use super::configuration_fields::Fields;
use super::configurations::{ConfigurationPath, check, check_change, missing};
use super::error::StorageError;
use super::parameters::Parameters;
use crate::project::configuration::{Configuration, Place};
use crate::project::version::Content;
use crate::random;
use crate::world::World;
use crate::writers::{When, let_others_write};

/// `POST components/{component}/configs`. An id that is in the trash comes back with a new version.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ComponentPath>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    check(&caller, &path.component)?;
    check_change(&caller)?;
    let fields = Fields::read(&parameters)?;
    let id = parameters
        .text("configurationId")?
        .filter(|id| !id.is_empty());
    if fields.name.as_ref().is_none_or(String::is_empty) {
        let text = "Invalid parameters - name: This value should not be blank.";
        return Err(StorageError::invalid("storage.components.validation", text));
    }
    let content = fields.applied_to(&Content {
        name: String::new(),
        description: String::new(),
        configuration: json!({}),
        is_disabled: false,
        is_deleted: false,
    });
    let change = fields.change_description.unwrap_or_default();
    let place = Place {
        branch: caller.branch,
        component: path.component,
        id: id.unwrap_or_else(random::ulid),
    };
    caller.with(&world, |project| {
        components::check_known(project, &place.component)?;
        if project.configuration(&place).is_some() {
            let text = format!("Configuration {} already exists.", place.id);
            return Err(StorageError::invalid("configurationAlreadyExists", text));
        }
        let creator = caller.token.as_creator();
        let state = fields.state.unwrap_or_else(|| json!({}));
        let answer = match project.deleted_configuration(&place) {
            Some(own) => {
                own.change(content, change, creator);
                own.state = state;
                own.to_json()
            }
            None => {
                let mut made = Configuration::new(place, content, change, creator);
                made.state = state;
                let answer = made.to_json();
                project.configurations.push(made);
                answer
            }
        };
        Ok((StatusCode::CREATED, Json(answer)))
    })
}

/// `PUT components/{component}/configs/{id}`: what is not sent stays; each call makes a version,
/// unless it sends a state alone.
pub(super) async fn update(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
    parameters: Parameters,
) -> Result<Json<Value>, StorageError> {
    let place = path.place_to_change(&caller)?;
    let fields = Fields::read(&parameters)?;
    if fields.name.as_ref().is_some_and(String::is_empty) {
        let text = "Invalid parameters - name: This value should not be blank.";
        return Err(StorageError::invalid("storage.components.validation", text));
    }
    caller.with(&world, |project| {
        let_others_write(&world, When::BeforeWrite, project, &place);
        let own = project.configuration_to_change(&place);
        let own = own.ok_or_else(|| missing(&place))?;
        if fields.is_version() {
            let content = fields.applied_to(&own.current.content);
            let change = fields.change_description.unwrap_or_default();
            own.change(content, change, caller.token.as_creator());
        }
        if let Some(state) = fields.state {
            own.state = state;
        }
        let answer = own.to_json();
        let_others_write(&world, When::AfterWrite, project, &place);
        Ok(Json(answer))
    })
}

/// `PUT components/{component}/configs/{id}/state`: no new version.
pub(super) async fn update_state(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
    parameters: Parameters,
) -> Result<Json<Value>, StorageError> {
    let place = path.place_to_change(&caller)?;
    let state = Fields::read(&parameters)?.state;
    let state = state.ok_or_else(|| {
        StorageError::invalid("storage.components.validation", "\"state\" must be set.")
    })?;
    caller.with(&world, |project| {
        let own = project.configuration_to_change(&place);
        let own = own.ok_or_else(|| missing(&place))?;
        own.state = state;
        Ok(Json(own.to_json()))
    })
}

/// `DELETE components/{component}/configs/{id}`: into the trash; in production a second time for good.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
) -> Result<StatusCode, StorageError> {
    let place = path.place_to_change(&caller)?;
    caller.with(&world, |project| {
        if let Some(own) = project.configuration_to_change(&place) {
            let content = Content {
                is_deleted: true,
                ..own.current.content.clone()
            };
            let change = "Configuration deleted".to_owned();
            own.change(content, change, caller.token.as_creator());
            return Ok(StatusCode::NO_CONTENT);
        }
        let in_production = place.branch == project.default_branch();
        if project.deleted_configuration(&place).is_none() || !in_production {
            return Err(missing(&place));
        }
        project.configurations.retain(|c| {
            c.component != place.component || c.id != place.id || c.branch != place.branch
        });
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `POST components/{component}/configs/{id}/restore`: out of the trash.
pub(super) async fn restore(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let place = path.place_to_change(&caller)?;
    caller.with(&world, |project| {
        let own = project.deleted_configuration(&place);
        let own = own.ok_or_else(|| missing(&place))?;
        let content = Content {
            is_deleted: false,
            ..own.current.content.clone()
        };
        let change = "Configuration restored".to_owned();
        own.change(content, change, caller.token.as_creator());
        Ok((StatusCode::CREATED, Json(own.to_json())))
    })
}
