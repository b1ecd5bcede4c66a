//! `GET files` (reference/keboola.md section 3.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

use super::caller::Caller;
use super::error::StorageError;
use super::file_query::FileQuery;
use super::parameters::{Commas, Parameters};
use crate::world::World;

/// The newest first; files of others only with the right to read all.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    let parameters = Parameters::from_query(&query.unwrap_or_default());
    let limit = parameters.number("limit")?.unwrap_or(100);
    let offset = parameters.number("offset")?.unwrap_or(0);
    let since = parameters.number("sinceId")?;
    let up_to = parameters.number("maxId")?;
    let run_id = parameters.text("runId")?;
    let tags = parameters.texts("tags", Commas::Belong)?;
    let query = parameters.text("q")?.filter(|q| !q.is_empty());
    let query = query
        .map(|q| FileQuery::parse(&q))
        .transpose()?
        .unwrap_or_default();
    caller.with(&world, |project| {
        let all = project.files.iter().rev();
        let seen = all.filter(|file| {
            (caller.token.reads_all_files() || file.creator == caller.token.id)
                && (tags.is_empty() || tags.iter().any(|tag| file.tags.contains(tag)))
                && since.is_none_or(|id| file.id > id)
                && up_to.is_none_or(|id| file.id < id)
                && run_id
                    .as_ref()
                    .is_none_or(|id| file.run_id.as_ref() == Some(id))
                && query.matches(file)
        });
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        let page = seen
            .skip(skipped)
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Json(
            page.map(|file| file.to_json(world.files(file.provider), &caller.host))
                .collect(),
        ))
    })
}
