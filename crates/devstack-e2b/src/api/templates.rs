//! `GET /templates` and the check of an alias.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Stack;
use super::error::ApiError;
use crate::template::{TEMPLATES, Template};

/// When the templates were made, for answers that must tell a time.
const MADE: &str = "2026-01-01T00:00:00Z";

pub(super) async fn list(State(stack): Stack) -> Response {
    let all: Value = TEMPLATES
        .iter()
        .map(|template| {
            json!({
                "templateID": template.id,
                "buildID": "00000000-0000-4000-8000-000000000000",
                "buildStatus": "ready",
                "cpuCount": template.cpu_count,
                "memoryMB": template.memory_mb,
                "diskSizeMB": template.disk_mb,
                "public": true,
                "aliases": template.aliases,
                "names": template.aliases,
                "createdAt": MADE,
                "updatedAt": MADE,
                "lastSpawnedAt": null,
                "spawnCount": 0,
                "buildCount": 1,
                "envdVersion": stack.options.service.envd().to_string(),
                "createdBy": null,
            })
        })
        .collect();
    axum::Json(all).into_response()
}

pub(super) async fn alias(Path(alias): Path<String>) -> Result<Response, ApiError> {
    let template = Template::find(&alias)?;
    Ok(axum::Json(json!({ "templateID": template.id, "public": true })).into_response())
}
