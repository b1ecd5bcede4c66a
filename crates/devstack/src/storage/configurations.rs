//! Reading configurations (reference/keboola.md section 4).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::components::ComponentPath;
use super::error::StorageError;
use super::parameters::Parameters;
use crate::project::configuration::{Configuration, Place};
use crate::world::World;
use crate::writers::{When, let_others_write};

/// The path of a configuration.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigurationPath {
    component: String,
    id: String,
}

impl ConfigurationPath {
    /// As [`Self::place`], when the caller may change what is there, too.
    pub(super) fn place_to_change(self, caller: &Caller) -> Result<Place, StorageError> {
        check_change(caller)?;
        self.place(caller)
    }

    /// The configuration in the caller's branch, when the caller may use the component.
    pub(super) fn place(self, caller: &Caller) -> Result<Place, StorageError> {
        check(caller, &self.component)?;
        Ok(Place {
            branch: caller.branch,
            component: self.component,
            id: self.id,
        })
    }
}

pub(crate) fn check(caller: &Caller, component: &str) -> Result<(), StorageError> {
    if caller.token.may_use_component(component) {
        Ok(())
    } else {
        Err(StorageError::denied())
    }
}

/// A token of a person whose role is to read alone (its words are ours).
pub(crate) fn check_change(caller: &Caller) -> Result<(), StorageError> {
    if caller.token.rights.read_only {
        Err(StorageError::denied())
    } else {
        Ok(())
    }
}

pub(super) fn missing(place: &Place) -> StorageError {
    StorageError::not_found("notFound", format!("Configuration {} not found", place.id))
}

/// `GET components/{component}/configs/{id}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
) -> Result<Json<Value>, StorageError> {
    let place = path.place(&caller)?;
    caller.with(&world, |project| {
        let found = project.configuration(&place);
        let answer = found.ok_or_else(|| missing(&place))?.to_json();
        let_others_write(&world, When::AfterRead, project, &place);
        Ok(Json(answer))
    })
}

/// `GET components/{component}/configs`; with `isDeleted` those in the trash.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ComponentPath>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    check(&caller, &path.component)?;
    let deleted = Parameters::from_query(&query.unwrap_or_default()).flag("isDeleted")?;
    caller.with(&world, |project| {
        let of_component = |c: &&Configuration| c.component == path.component;
        let found: Vec<&Configuration> = match deleted {
            false => project
                .configurations_of(caller.branch)
                .filter(of_component)
                .collect(),
            true => (project.configurations.iter().filter(of_component))
                .filter(|c| c.branch == caller.branch && c.is_deleted())
                .collect(),
        };
        Ok(Json(
            found.into_iter().map(Configuration::to_json).collect(),
        ))
    })
}
