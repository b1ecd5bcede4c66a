//! Metrics of sandboxes, taken at the moment of the request from the host's view of their processes.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Stack, found};
use crate::process_tree;
use crate::sandbox::Sandbox;

/// Clock ticks of a second in `/proc`, the same on every Linux that we know.
const TICKS: f64 = 100.0;

fn sample(sandbox: &Sandbox) -> Value {
    let now = Timestamp::now();
    let (memory, ticks) = process_tree::usage(sandbox.pid);
    let alive = now
        .duration_since(sandbox.started_at)
        .as_secs_f64()
        .max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    let cpu = ticks as f64 / TICKS / alive * 100.0;
    let disk = rustix::fs::statvfs(&sandbox.directory).ok();
    let (disk_used, disk_total) = disk.map_or((0, 0), |disk| {
        (
            (disk.f_blocks - disk.f_bfree) * disk.f_frsize,
            disk.f_blocks * disk.f_frsize,
        )
    });
    json!({
        "timestamp": now.to_string(),
        "timestampUnix": now.as_second(),
        "cpuCount": sandbox.traits.template.cpu_count,
        "cpuUsedPct": (cpu * 100.0).round() / 100.0,
        "memUsed": memory,
        "memTotal": u64::from(sandbox.traits.template.memory_mb) << 20,
        "memCache": 0,
        "diskUsed": disk_used,
        "diskTotal": disk_total,
    })
}

pub(super) async fn one(
    Shared(stack): Stack,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(axum::Json(json!([sample(&*found(&stack, &id)?)])).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct Many {
    sandbox_ids: String,
}

/// Unknown ids are left out of the answer.
pub(super) async fn many(Shared(stack): Stack, Query(asked): Query<Many>) -> Response {
    let found: BTreeMap<&str, Value> = asked
        .sandbox_ids
        .split(',')
        .filter_map(|id| Some((id, sample(&*stack.find(id)?))))
        .collect();
    axum::Json(json!({ "sandboxes": found })).into_response()
}
