//! Components: what the stack knows of them is little, but it says what a runner needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use crate::project::configuration::Configuration;
use crate::project::{CUSTOM_PYTHON, Project};
use crate::world::World;

/// The path of a component.
#[derive(Debug, Deserialize)]
pub(super) struct ComponentPath {
    pub(super) component: String,
}

/// A component without its configurations.
pub(super) fn describe(id: &str) -> Value {
    let (name, kind) = match id {
        CUSTOM_PYTHON => ("Custom Python", "application"),
        "keboola.ex-http" => ("HTTP", "extractor"),
        _ => (id.rsplit('.').next().unwrap_or(id), "extractor"),
    };
    json!({
        "id": id,
        "type": kind,
        "name": name,
        "description": "",
        "longDescription": null,
        "version": 1,
        "hasUI": false,
        "hasRun": true,
        "data": {
            "default_bucket": id == CUSTOM_PYTHON,
            "default_bucket_stage": "in",
            "forward_token": false,
            "forward_token_details": false,
            "staging_storage": {"input": "local", "output": "local"},
        },
        "flags": [],
        "configurationSchema": [],
        "configurationRowSchema": [],
        "emptyConfiguration": [],
    })
}

/// `GET components`: those that have a configuration, with their configurations.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let seen: Vec<&Configuration> = project.configurations_of(caller.branch).collect();
        let ids: BTreeSet<&str> = seen.iter().map(|c| c.component.as_str()).collect();
        let visible = ids
            .into_iter()
            .filter(|id| caller.token.may_use_component(id));
        let all = visible.map(|id| {
            let own = seen
                .iter()
                .filter(|c| c.component == id)
                .map(|c| c.to_json());
            let mut component = describe(id);
            if let Some(fields) = component.as_object_mut() {
                fields.insert("configurations".to_owned(), own.collect());
            }
            component
        });
        Ok(Json(all.collect()))
    })
}

/// `GET components/{component}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ComponentPath>,
) -> Result<Json<Value>, StorageError> {
    let id = path.component;
    caller.with(&world, |project| {
        check_known(project, &id)?;
        Ok(Json(describe(&id)))
    })
}

/// The stack knows Custom Python, and what the project has a configuration of.
pub(crate) fn check_known(project: &Project, id: &str) -> Result<(), StorageError> {
    if id == CUSTOM_PYTHON || project.configurations.iter().any(|c| c.component == id) {
        return Ok(());
    }
    let text = format!("Component {id} not found");
    Err(StorageError::not_found("storage.components.notFound", text))
}
