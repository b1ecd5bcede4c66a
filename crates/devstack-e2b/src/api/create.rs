//! `POST /sandboxes` and `POST /v2/sandboxes` (`reference/e2b.md` §2.3).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::error::ApiError;
use super::{Stack, body, view};
use crate::envd::config::AccessToken;
use crate::random;
use crate::sandbox::Traits;
use crate::service::{Life, Service};
use crate::template::Template;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewSandbox {
    #[serde(rename = "templateID")]
    template_id: String,
    timeout: Option<i64>,
    metadata: Option<BTreeMap<String, String>>,
    env_vars: Option<BTreeMap<String, String>>,
    secure: Option<bool>,
    auto_pause: Option<bool>,
    auto_pause_memory: Option<bool>,
    auto_resume: Option<AutoResume>,
    #[serde(rename = "allow_internet_access")]
    allow_internet_access: Option<bool>,
    network: Option<serde_json::Map<String, Value>>,
    mcp: Option<serde_json::Map<String, Value>>,
    iam: Option<serde_json::Map<String, Value>>,
    volume_mounts: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct AutoResume {
    enabled: bool,
}

/// The old form: unsecured and 15 s unless told otherwise.
pub(super) async fn v1(State(stack): Stack, request: Request) -> Result<Response, ApiError> {
    let new: NewSandbox = body(request).await?;
    let secure = new.secure.unwrap_or(false);
    let default = stack.options.service.life().default_v1;
    create(&stack, new, secure, default).await
}

/// The new form: always secured, 300 s unless told otherwise.
pub(super) async fn v2(State(stack): Stack, request: Request) -> Result<Response, ApiError> {
    let new: NewSandbox = body(request).await?;
    let default = stack.options.service.life().default_v2;
    create(&stack, new, true, default).await
}

async fn create(
    stack: &std::sync::Arc<crate::E2b>,
    new: NewSandbox,
    secure: bool,
    default_timeout: i64,
) -> Result<Response, ApiError> {
    let service = stack.options.service;
    let template = Template::find(&new.template_id).map_err(|error| match service {
        Service::E2b => error.into(),
        Service::OpenKruise => ApiError::bad("Template or Checkpoint not found"),
    })?;
    let life = life(service, new.timeout.unwrap_or(default_timeout))?;
    refuse_what_is_not_there(&new)?;
    let traits = Traits {
        template,
        metadata: new.metadata,
        access_token: secure.then(|| AccessToken(random::hex(32))),
        auto_pause: new.auto_pause.unwrap_or(false),
        auto_resume: new.auto_resume.is_some_and(|resume| resume.enabled),
        allow_internet_access: new.allow_internet_access.unwrap_or(true) || !service.confines(),
    };
    let sandbox = stack
        .create(traits, new.env_vars.unwrap_or_default(), life)
        .await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(view::connection(stack, &sandbox)),
    )
        .into_response())
}

/// A request that asks for what the stand-in lacks must not seem to have got it.
fn refuse_what_is_not_there(new: &NewSandbox) -> Result<(), ApiError> {
    let asked = |map: &Option<serde_json::Map<String, Value>>| {
        map.as_ref().is_some_and(|map| !map.is_empty())
    };
    let network = new.network.as_ref().and_then(|network| {
        let open = |(name, value): &(&String, &Value)| match name.as_str() {
            "allowPublicTraffic" => **value == Value::Bool(true),
            _ => value.is_null() || value.as_array().is_some_and(Vec::is_empty),
        };
        network
            .iter()
            .find(|entry| !open(entry))
            .map(|(name, _)| format!("network.{name}"))
    });
    let missing = network
        .or_else(|| asked(&new.mcp).then(|| "mcp".to_owned()))
        .or_else(|| asked(&new.iam).then(|| "iam".to_owned()))
        .or_else(|| {
            new.volume_mounts
                .as_ref()
                .is_some_and(|mounts| !mounts.is_empty())
                .then(|| "volumeMounts".to_owned())
        })
        .or_else(|| {
            (new.auto_pause_memory == Some(false)).then(|| "autoPauseMemory: false".to_owned())
        });
    match missing {
        Some(field) => Err(ApiError::bad(format!(
            "the dev stack has no {field}; leave it out"
        ))),
        None => Ok(()),
    }
}

/// Checks a life in seconds.
pub(super) fn life(service: Service, seconds: i64) -> Result<Duration, ApiError> {
    let Life { least, most, .. } = service.life();
    if service == Service::OpenKruise && !(least..=most).contains(&seconds) {
        return Err(ApiError::bad(format!(
            "timeout should between {least} and {most}"
        )));
    }
    if seconds > most {
        return Err(ApiError::bad(format!(
            "Timeout cannot be greater than {} hours",
            most / 3600
        )));
    }
    match u64::try_from(seconds) {
        Ok(length) if seconds >= least => Ok(Duration::from_secs(length)),
        _ => Err(ApiError::bad(format!(
            "Timeout must be greater than {}",
            least - 1
        ))),
    }
}
