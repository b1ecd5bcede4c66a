//! Token verification (reference/keboola.md section 2.1) and the list of branches.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use crate::moment;
use crate::world::World;

/// `GET tokens/verify`.
pub(super) async fn verify(
    State(world): State<Arc<World>>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let region = world.files(project.provider).region();
        Ok(Json(caller.token.verified(project, region, &caller.host)))
    })
}

/// `GET dev-branches`.
pub(super) async fn branches(
    State(world): State<Arc<World>>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    caller.with(&world, |project| {
        let all = project.branches.iter().map(|branch| {
            json!({
                "id": branch.id,
                "name": branch.name,
                "description": "",
                "created": moment::php(branch.created),
                "isDefault": branch.is_default,
                "creatorToken": {"id": 1, "name": "developer@devstack.test"},
            })
        });
        Ok(Json(all.collect()))
    })
}
