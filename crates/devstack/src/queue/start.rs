//! `POST /jobs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::caller::Caller;
use super::life;
use crate::moment;
use crate::project::CUSTOM_PYTHON;
use crate::project::configuration::Place;
use crate::project::queue_job::{QueueJob, Status};
use crate::service_error::ServiceError;
use crate::storage::{StorageError, check, check_change, check_known};
use crate::world::World;

/// The queue's own errors have a number; this one is seen by nobody.
const CODE: &str = "queue";

/// What a job may be told.
const FIELDS: [&str; 11] = [
    "component",
    "config",
    "configData",
    "configRowIds",
    "mode",
    "tag",
    "branchId",
    "variableValuesId",
    "variableValuesData",
    "backend",
    "parallelism",
];

/// A job that is asked for, checked.
struct Asked {
    component: String,
    configuration: Option<String>,
    mode: String,
    branch: Option<u64>,
    fields: Map<String, Value>,
}

/// Starts a job: 201 with the job as it was taken down.
pub(super) async fn start(
    State(world): State<Arc<World>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let fields: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|_| ServiceError::invalid("The body must be a JSON object."))?;
    let asked = Asked::read(fields)?;
    check(&caller.storage, &asked.component)?;
    check_change(&caller.storage)?;
    let switches = world.queue.switches();
    let id = world.next_id();
    let (kill, killed) = watch::channel(false);
    let answer = caller.storage.with(&world, |project| {
        check_known(project, &asked.component)?;
        let branch = asked.branch.unwrap_or_else(|| project.default_branch());
        if !project.branches.iter().any(|own| own.id == branch) {
            let text = format!("Branch \"{branch}\" not found.");
            return Err(StorageError::invalid(CODE, text));
        }
        if let Some(id) = &asked.configuration {
            let place = Place {
                branch,
                component: asked.component.clone(),
                id: id.clone(),
            };
            if project.configuration(&place).is_none() {
                let text = format!("Configuration {id} not found");
                return Err(StorageError::not_found(CODE, text));
            }
        }
        if asked.component != CUSTOM_PYTHON {
            let text = format!("The dev stack runs no \"{}\".", asked.component);
            return Err(StorageError::invalid(CODE, text));
        }
        let job = QueueJob {
            id,
            parent: caller.storage.run_id.clone(),
            component: asked.component,
            configuration: asked.configuration,
            branch: asked.branch,
            mode: asked.mode,
            asked: asked.fields,
            status: Status::Created,
            token: json!({
                "id": caller.storage.token.id.to_string(),
                "description": caller.storage.token.description,
            }),
            created: moment::now() - switches.age,
            started: None,
            ended: None,
            result: json!([]),
            kill,
        };
        let answer = job.to_json((project.id, &project.name), &caller.host);
        project.queue_jobs.push(job);
        Ok(answer)
    })?;
    life::begin(world, caller, id, switches.start_delay, killed);
    Ok((StatusCode::CREATED, Json(answer)))
}

impl Asked {
    fn read(fields: Map<String, Value>) -> Result<Self, ServiceError> {
        let refuse = |text: String| Err(ServiceError::invalid(text));
        if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return refuse(format!("Unrecognized option \"{name}\" under \"job\"."));
        }
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(ServiceError::invalid(format!(
                "\"{name}\" must be a text that is not empty."
            ))),
        };
        let Some(component) = text("component")? else {
            return refuse("The child config \"component\" must be configured.".to_owned());
        };
        let configuration = text("config")?;
        let has_data = fields.get("configData").is_some_and(Value::is_object);
        if configuration.is_none() && !has_data {
            return refuse("\"config\" or \"configData\" must be set.".to_owned());
        }
        if fields
            .get("configRowIds")
            .and_then(Value::as_array)
            .is_some_and(|ids| !ids.is_empty())
        {
            return refuse("None of the rows was found.".to_owned());
        }
        let mode = text("mode")?.unwrap_or_else(|| "run".to_owned());
        if !matches!(mode.as_str(), "run" | "forceRun" | "debug") {
            return refuse(format!("\"{mode}\" is not a mode: run, forceRun or debug."));
        }
        let branch = match fields.get("branchId") {
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => text("branchId")?,
        };
        let branch = match branch.filter(|name| name != "default") {
            None => None,
            Some(name) => match name.parse() {
                Ok(id) => Some(id),
                Err(_) => return refuse(format!("Branch \"{name}\" not found.")),
            },
        };
        Ok(Self {
            component,
            configuration,
            mode,
            branch,
            fields,
        })
    }
}
