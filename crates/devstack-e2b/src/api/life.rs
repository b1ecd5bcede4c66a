//! One sandbox: detail, kill, the end of its life, pause and resume (`reference/e2b.md` §2.4).

use std::time::Duration;

use axum::extract::{Path, Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::create::life;
use super::error::ApiError;
use super::{Stack, body, found, view};
use crate::sandbox::State;
use crate::service::Service;

#[derive(Debug, Deserialize)]
struct Timeout {
    timeout: i64,
}

#[derive(Debug, Deserialize)]
struct OptionalTimeout {
    timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Refresh {
    duration: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
struct Pause {
    memory: Option<bool>,
}

pub(super) async fn detail(
    Shared(stack): Stack,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let sandbox = found(&stack, &id)?;
    Ok(axum::Json(view::detail(&stack, &sandbox)).into_response())
}

/// Answers when nothing of the sandbox runs any more.
pub(super) async fn kill(
    Shared(stack): Stack,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let sandbox = stack.vanish(&id).ok_or_else(|| ApiError::no_sandbox(&id))?;
    sandbox.gone().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the end to now and so many seconds, which may shorten the life. Negative counts as 0.
pub(super) async fn timeout(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let Timeout { timeout } = body(request).await?;
    let service = stack.options.service;
    let duration = match life(service, timeout) {
        _ if timeout <= 0 && service == Service::E2b => Duration::ZERO,
        // OpenKruise calls this a fault of its own.
        Err(error) if service == Service::OpenKruise => return Err(error.into_fault()),
        checked => checked?,
    };
    let sandbox = found(&stack, &id)?;
    if sandbox.life().state != State::Running {
        return Err(ApiError::conflict(format!(
            "Sandbox \"{id}\" is not running"
        )));
    }
    sandbox.end_in(duration, most(&stack), false);
    Ok(StatusCode::NO_CONTENT)
}

/// How long a sandbox may live in all. E2B answers 204 to what would be longer, and cuts it.
fn most(stack: &crate::E2b) -> Duration {
    Duration::from_secs(stack.options.service.life().most.unsigned_abs())
}

/// Only extends.
pub(super) async fn refresh(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let Refresh { duration } = body(request).await?;
    let duration = life(stack.options.service, duration.unwrap_or(15))?;
    let sandbox = found(&stack, &id)?;
    if sandbox.life().state != State::Running {
        return Err(ApiError::no_sandbox(&id));
    }
    sandbox.end_in(duration, most(&stack), true);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn connect_v1(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let Timeout { timeout } = body(request).await?;
    connect(&stack, &id, timeout)
}

pub(super) async fn connect_v2(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let OptionalTimeout { timeout } = body(request).await?;
    let default = stack.options.service.life().default_v2;
    connect(&stack, &id, timeout.unwrap_or(default))
}

/// 200 for a running sandbox, whose life is only extended; 201 for a paused one, which goes on.
fn connect(stack: &crate::E2b, id: &str, timeout: i64) -> Result<Response, ApiError> {
    let duration = life(stack.options.service, timeout)?;
    let sandbox = found(stack, id)?;
    let status = if sandbox.resume(duration) {
        StatusCode::CREATED
    } else {
        sandbox.end_in(duration, most(stack), true);
        StatusCode::OK
    };
    Ok((status, axum::Json(view::connection(stack, &sandbox))).into_response())
}

pub(super) async fn pause(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let asked: Pause = if request.headers().contains_key("content-type") {
        body(request).await?
    } else {
        Pause::default()
    };
    let sandbox = found(&stack, &id)?;
    if asked.memory == Some(false) {
        return Err(ApiError::bad(
            "the dev stack keeps the memory of a paused sandbox; leave memory out",
        ));
    }
    if sandbox.pause() {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::conflict(format!(
            "Error pausing sandbox - sandbox '{id}' is already paused"
        )))
    }
}

/// Deprecated form of connect.
pub(super) async fn resume(
    Shared(stack): Stack,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let OptionalTimeout { timeout } = body(request).await?;
    let default = stack.options.service.life().default_v1;
    let duration = life(stack.options.service, timeout.unwrap_or(default))?;
    let sandbox = found(&stack, &id)?;
    if sandbox.resume(duration) {
        Ok((
            StatusCode::CREATED,
            axum::Json(view::connection(&stack, &sandbox)),
        )
            .into_response())
    } else {
        Err(ApiError::conflict(format!(
            "Sandbox {id} is already running"
        )))
    }
}
