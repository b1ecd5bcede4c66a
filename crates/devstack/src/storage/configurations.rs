//! Reading configurations (reference/keboola.md section 4).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::components::ComponentPath;
use super::error::StorageError;
use crate::world::World;

/// The path of a configuration.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigurationPath {
    component: String,
    id: String,
}

fn check(caller: &Caller, component: &str) -> Result<(), StorageError> {
    if caller.token.may_use_component(component) {
        Ok(())
    } else {
        Err(StorageError::denied())
    }
}

/// `GET components/{component}/configs/{id}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
) -> Result<Json<Value>, StorageError> {
    check(&caller, &path.component)?;
    caller.with(&world, |project| {
        let found = project.configuration(caller.branch, &path.component, &path.id);
        found
            .map(|configuration| Json(configuration.to_json()))
            .ok_or_else(|| {
                StorageError::not_found("notFound", format!("Configuration {} not found", path.id))
            })
    })
}

/// `GET components/{component}/configs`.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ComponentPath>,
) -> Result<Json<Value>, StorageError> {
    check(&caller, &path.component)?;
    caller.with(&world, |project| {
        let own = project
            .configurations_of(caller.branch)
            .filter(|c| c.component == path.component);
        Ok(Json(
            own.map(crate::project::configuration::Configuration::to_json)
                .collect(),
        ))
    })
}
