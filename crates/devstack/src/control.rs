//! The control API: plain HTTP on loopback, for tests and the demo. Documented in the README.

mod configurations;
mod jobs;
mod secrets;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::egress::{Egress, EgressRecord};
use crate::faults::{FaultRule, Faults};
use crate::moment;
use crate::page::{PageChange, PageSwitches};
use crate::project::token::{Rights, Token};
use crate::provider::Provider;
use crate::requests::{RequestLog, RequestRecord};
use crate::seed::{self, Seed};
use crate::sync::lock;
use crate::world::World;

/// What the control API reaches.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) world: Arc<World>,
    pub(crate) requests: Arc<RequestLog>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) egress: Arc<Egress>,
    /// The announcement, for whoever did not start the process.
    pub(crate) announcement: Value,
}

pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .route("/", get(announcement))
        .route("/seed", post(add_seed))
        .route("/page", get(page).post(switch_page))
        .route("/exports", post(set_exports))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/tokens/{id}/expire", post(expire_token))
        .route("/tokens/{id}/rights", post(change_rights))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/files", get(files))
        .route("/files/{id}/expire-credentials", post(expire_credentials))
        .route("/files/{id}/forget-uploads", post(forget_uploads))
        .route("/files/{id}/age", post(age))
        .route("/gcs/tokens", post(set_gcs_tokens))
        .route("/objects/{id}", get(objects))
        .route("/egress", get(egress).delete(clear_egress))
        .route("/egress/allow", post(allow_egress))
        .merge(configurations::router())
        .merge(jobs::router())
        .merge(secrets::router())
        .with_state(control)
}

/// A call that cannot be carried out, and why.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn refusal(status: StatusCode, text: impl Into<String>) -> Response {
    Refusal(status, text.into()).into_response()
}

async fn announcement(State(control): State<Control>) -> Json<Value> {
    Json(control.announcement)
}

async fn add_seed(State(control): State<Control>, Json(value): Json<Value>) -> Response {
    let seed: Seed = match serde_json::from_value(value) {
        Ok(seed) => seed,
        Err(error) => {
            return refusal(
                StatusCode::BAD_REQUEST,
                format!("This is not a seed: {error}"),
            );
        }
    };
    let relative = |path: &PathBuf| path.is_relative();
    let paths = seed.projects.iter().flat_map(|p| {
        p.tables
            .iter()
            .filter_map(|t| t.csv.as_ref())
            .chain(p.files.iter().filter_map(|f| f.path.as_ref()))
    });
    if let Some(path) = paths.into_iter().find(|path| relative(path)) {
        let text = format!("{} must be an absolute path here.", path.display());
        return refusal(StatusCode::BAD_REQUEST, text);
    }
    match seed::plant(&control.world, seed).await {
        Ok(seeded) => {
            let answer = seeded.first().map(|first| {
                json!({
                    "project": first.project, "pages": first.pages, "tokens": first.more_tokens,
                })
            });
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        Err(error) => refusal(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn page(State(control): State<Control>) -> Json<PageSwitches> {
    Json(*lock(&control.world.page))
}

async fn switch_page(
    State(control): State<Control>,
    Json(change): Json<PageChange>,
) -> Json<PageSwitches> {
    let mut switches = lock(&control.world.page);
    switches.change(change);
    Json(*switches)
}

/// How exports behave from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exports {
    delay_ms: u64,
}

async fn set_exports(State(control): State<Control>, Json(exports): Json<Exports>) -> StatusCode {
    control
        .world
        .set_export_delay(Duration::from_millis(exports.delay_ms));
    StatusCode::NO_CONTENT
}

async fn faults(State(control): State<Control>) -> Json<Vec<FaultRule>> {
    Json(control.faults.all())
}

async fn add_fault(State(control): State<Control>, Json(rule): Json<FaultRule>) -> StatusCode {
    control.faults.add(rule);
    StatusCode::CREATED
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

/// Ends a token now. It is named by its id, its name (`full`) or its text.
async fn expire_token(control: State<Control>, id: Path<String>) -> Response {
    change_token(&control, &id, |token| token.expires = Some(moment::now()))
}

/// The token has these rights from now on, as after a change in its settings.
async fn change_rights(
    control: State<Control>,
    id: Path<String>,
    Json(rights): Json<Rights>,
) -> Response {
    change_token(&control, &id, |token| token.rights = rights)
}

/// Changes the token of this id, name or text.
fn change_token(control: &Control, id: &str, change: impl FnOnce(&mut Token)) -> Response {
    let mut projects = lock(&control.world.projects);
    let mut all = projects
        .iter_mut()
        .flat_map(|project| project.tokens.iter_mut());
    match all.find(|t| t.id.to_string() == id || t.name == id || t.secret == id) {
        Some(token) => {
            change(token);
            StatusCode::NO_CONTENT.into_response()
        }
        None => refusal(StatusCode::NOT_FOUND, format!("There is no token {id}.")),
    }
}

/// What is asked of the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestsQuery {
    /// Whether bodies are told, too: after uploads they are most of the log by far.
    #[serde(default = "told")]
    bodies: bool,
}

fn told() -> bool {
    true
}

async fn requests(
    State(control): State<Control>,
    Query(query): Query<RequestsQuery>,
) -> Json<Vec<RequestRecord>> {
    Json(if query.bodies {
        control.requests.all()
    } else {
        control.requests.heads()
    })
}

async fn clear_requests(State(control): State<Control>) -> StatusCode {
    control.requests.clear();
    StatusCode::NO_CONTENT
}

async fn files(State(control): State<Control>) -> Json<Value> {
    let projects = lock(&control.world.projects);
    let all = projects
        .iter()
        .flat_map(|p| p.files.iter().map(move |f| (p.id, f)));
    let shown = all.map(|(project, file)| {
        json!({
            "id": file.id, "project": project, "name": file.name, "tags": file.tags,
            "provider": file.provider, "sizeBytes": file.size_bytes, "isSliced": file.is_sliced, "key": file.key,
            "isPermanent": file.is_permanent, "creatorToken": file.creator,
        })
    });
    Json(shown.collect())
}

/// Provider and key of a file, when there is one.
fn object_of(control: &Control, id: u64) -> Result<(Provider, String), Refusal> {
    let projects = lock(&control.world.projects);
    let mut files = projects.iter().filter_map(|project| project.file(id));
    let file = files.next().ok_or_else(|| {
        let text = format!("There is no file {id}.");
        Refusal(StatusCode::NOT_FOUND, text)
    })?;
    Ok((file.provider, file.key.clone()))
}

async fn expire_credentials(
    State(control): State<Control>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    let (provider, key) = object_of(&control, id)?;
    let expired = control.world.files(provider).expire_credentials(&key);
    Ok(Json(json!({"expired": expired})))
}

/// Ends the unfinished uploads in parts to a file, as their store does to old ones.
async fn forget_uploads(
    State(control): State<Control>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    let (provider, key) = object_of(&control, id)?;
    let forgotten = control.world.files(provider).forget_uploads(&key).await;
    let forgotten =
        forgotten.map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(json!({"forgotten": forgotten})))
}

/// How long ago a file was prepared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    s: u32,
}

/// Makes a file so old.
async fn age(
    State(control): State<Control>,
    Path(id): Path<u64>,
    Json(age): Json<Age>,
) -> Result<StatusCode, Refusal> {
    object_of(&control, id)?;
    let mut projects = lock(&control.world.projects);
    let files = projects.iter_mut().flat_map(|p| p.files.iter_mut());
    for file in files.filter(|file| file.id == id) {
        file.created = moment::now() - time::Duration::seconds(age.s.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// How Google's access tokens are made from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GcsTokens {
    life_s: u32,
}

async fn set_gcs_tokens(
    State(control): State<Control>,
    Json(tokens): Json<GcsTokens>,
) -> StatusCode {
    control.world.gcp.set_token_life(tokens.life_s);
    StatusCode::NO_CONTENT
}

/// Size and SHA-256 of a file's object; of every slice, too, when it is sliced.
async fn objects(
    State(control): State<Control>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    let (provider, key) = object_of(&control, id)?;
    let described = control.world.files(provider).describe(&key).await;
    let objects = described.map_err(|error| {
        let text = format!("The object cannot be read: {error}");
        Refusal(StatusCode::INTERNAL_SERVER_ERROR, text)
    })?;
    let whole = objects.iter().find(|object| object.suffix.is_empty());
    if objects.is_empty() {
        let text = format!("The file {id} has no bytes.");
        return Err(Refusal(StatusCode::NOT_FOUND, text));
    }
    let shown = objects.iter().map(|object| {
        json!({"key_suffix": object.suffix, "bytes": object.bytes, "sha256": object.sha256})
    });
    Ok(Json(json!({
        "bytes": whole.map(|object| object.bytes),
        "sha256": whole.map(|object| object.sha256.clone()),
        "objects": shown.collect::<Vec<_>>(),
    })))
}

async fn egress(State(control): State<Control>) -> Json<Vec<EgressRecord>> {
    Json(control.egress.all())
}

async fn clear_egress(State(control): State<Control>) -> StatusCode {
    control.egress.clear();
    StatusCode::NO_CONTENT
}

/// A host pattern that the proxy lets through.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    host: String,
}

async fn allow_egress(State(control): State<Control>, Json(allow): Json<Allow>) -> StatusCode {
    control.egress.allow(allow.host);
    StatusCode::NO_CONTENT
}
