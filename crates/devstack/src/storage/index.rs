//! `GET /v2/storage`: which services the stack has (reference/keboola.md section 1.2).

use axum::Json;
use axum::extract::RawQuery;
use http::HeaderMap;
use serde_json::{Value, json};

use super::components;
use super::host;

const SERVICES: [&str; 8] = [
    "import",
    "oauth",
    "queue",
    "billing",
    "encryption",
    "scheduler",
    "sync-actions",
    "notification",
];

/// The index; no token is needed.
pub(super) async fn index(headers: HeaderMap, RawQuery(query): RawQuery) -> Json<Value> {
    let host = host(&headers);
    let suffix = host.strip_prefix("connection.").unwrap_or(&host);
    let services: Vec<Value> = SERVICES
        .iter()
        .map(|id| json!({"id": id, "url": format!("https://{id}.{suffix}")}))
        .collect();
    let mut answer = json!({
        "host": host,
        "api": "storage",
        "version": "v2",
        "revision": env!("CARGO_PKG_VERSION"),
        "documentation": "https://keboola.docs.apiary.io/",
        "services": services,
        "features": [],
        "urlTemplates": {
            "orchestrationJob":
                "https://%%host%%/admin/projects/%%projectId%%/queue/%%jobId%%",
        },
    });
    let excluded = query.is_some_and(|q| q.contains("exclude=components"));
    if !excluded && let Some(fields) = answer.as_object_mut() {
        let custom_python = components::describe(crate::project::CUSTOM_PYTHON);
        fields.insert("components".to_owned(), json!([custom_python]));
    }
    Json(answer)
}
