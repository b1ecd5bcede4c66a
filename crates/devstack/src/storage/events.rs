//! `GET events` (reference/keboola.md section 6): what jobs say, the newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

use super::caller::Caller;
use super::error::StorageError;
use super::parameters::Parameters;
use crate::project::event::Event;
use crate::world::World;

const CODE: &str = "storage.events.validation";

/// Events of one answer, at the most.
const MOST: u64 = 10_000;

/// `runId`, `sinceId` and `maxId` (both without the event itself), `limit`, `sortOrder`. A token that is
/// nobody's own sees its own events alone.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    let query = Parameters::from_query(&query.unwrap_or_default());
    const KNOWN: [&str; 5] = ["runId", "sinceId", "maxId", "limit", "sortOrder"];
    if let Some(name) = query.names().find(|name| !KNOWN.contains(name)) {
        // The real API knows more, which would be wrong to pass over.
        let text = format!("The dev stack does not know \"{name}\" of events.");
        return Err(StorageError::invalid(CODE, text));
    }
    let limit = query.number("limit")?.unwrap_or(100);
    if limit > MOST {
        let text = format!("\"limit\" must be {MOST} at most.");
        return Err(StorageError::invalid(CODE, text));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let run = query.text("runId")?;
    let (since, before) = (query.text("sinceId")?, query.text("maxId")?);
    let ascending = match query.text("sortOrder")?.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => {
            let text = "\"sortOrder\" must be asc or desc.";
            return Err(StorageError::invalid(CODE, text));
        }
    };
    caller.with(&world, |project| {
        let place = |name: &Option<String>| {
            let name = name.as_ref()?;
            project.events.iter().position(|event| event.is_named(name))
        };
        let begin = place(&since).map_or(0, |at| at + 1);
        let end = place(&before).unwrap_or(project.events.len());
        let between = project.events.get(begin..end).unwrap_or_default();
        let is_seen = |event: &&Event| {
            let is_own = event.token.0 == caller.token.id;
            (caller.token.rights.is_master_token || is_own)
                && run.as_ref().is_none_or(|run| event.run == *run)
        };
        let tell = |event: &Event| event.to_json((project.id, &project.name), &caller.host);
        let seen = between.iter().filter(is_seen);
        Ok(Json(match ascending {
            true => seen.take(limit).map(tell).collect(),
            false => seen.rev().take(limit).map(tell).collect(),
        }))
    })
}
