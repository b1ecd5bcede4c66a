//! `filesystem.Filesystem`: the tree of files, and watching it (`reference/e2b.md` §3.5).

mod entry;
mod tree;
mod watch;
mod watchers;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use self::watch::{Scope, Watch};
pub(crate) use self::watchers::Watchers;
use super::Envd;
use super::account::Account;
use super::connect::{self, Code, Refusal, RpcError, data_frame, end_frame};

/// Adds the calls of the service.
pub(super) fn routes(router: axum::Router<Envd>) -> axum::Router<Envd> {
    use axum::routing::post;
    router
        .route("/filesystem.Filesystem/Stat", post(stat))
        .route("/filesystem.Filesystem/ListDir", post(list_dir))
        .route("/filesystem.Filesystem/MakeDir", post(make_dir))
        .route("/filesystem.Filesystem/Move", post(rename))
        .route("/filesystem.Filesystem/Remove", post(remove))
        .route("/filesystem.Filesystem/WatchDir", post(watch_dir))
        .route("/filesystem.Filesystem/CreateWatcher", post(create_watcher))
        .route(
            "/filesystem.Filesystem/GetWatcherEvents",
            post(get_watcher_events),
        )
        .route("/filesystem.Filesystem/RemoveWatcher", post(remove_watcher))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PathRequest {
    path: String,
    depth: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MoveRequest {
    source: String,
    destination: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WatchRequest {
    path: String,
    recursive: bool,
    include_entry: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WatcherRequest {
    watcher_id: String,
}

type Answer = Result<Response, Refusal>;

/// Runs file work off the async threads and answers with its JSON.
async fn answer(work: impl FnOnce() -> Result<Value, RpcError> + Send + 'static) -> Answer {
    let result = tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(RpcError::new(Code::Internal, error.to_string())));
    Ok(axum::Json(result?).into_response())
}

async fn stat(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: PathRequest = connect::unary(&headers, body).await?;
    answer(move || Ok(json!({ "entry": tree::stat(&request.path, account)? }))).await
}

async fn list_dir(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: PathRequest = connect::unary(&headers, body).await?;
    answer(move || {
        let entries = tree::list(&request.path, request.depth, account)?;
        Ok(if entries.is_empty() {
            json!({})
        } else {
            json!({ "entries": entries })
        })
    })
    .await
}

async fn make_dir(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: PathRequest = connect::unary(&headers, body).await?;
    let ids = envd.config.ids;
    answer(move || Ok(json!({ "entry": tree::make_directory(&request.path, account, ids)? }))).await
}

async fn rename(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: MoveRequest = connect::unary(&headers, body).await?;
    let ids = envd.config.ids;
    answer(move || {
        Ok(json!({ "entry": tree::rename(&request.source, &request.destination, account, ids)? }))
    })
    .await
}

async fn remove(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: PathRequest = connect::unary(&headers, body).await?;
    answer(move || tree::remove(&request.path, account).map(|()| json!({}))).await
}

/// Checks that the path can be watched. The sandbox has no network mounts, so
/// `allowNetworkMounts` is not read.
fn scope(request: &WatchRequest, account: Account) -> Result<Scope, RpcError> {
    let invalid = |message: String| RpcError::new(Code::InvalidArgument, message);
    let root =
        super::path::resolve(&request.path, account).map_err(|error| invalid(error.to_string()))?;
    match std::fs::metadata(&root) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(invalid(format!("path {} not a directory", root.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RpcError::new(
                Code::NotFound,
                format!("path {} not found: {error}", root.display()),
            ));
        }
        Err(error) => {
            return Err(RpcError::new(
                Code::Internal,
                format!("error statting path {}: {error}", root.display()),
            ));
        }
    }
    Ok(Scope {
        root,
        recursive: request.recursive,
        include_entry: request.include_entry,
    })
}

fn not_watched(error: &std::io::Error) -> RpcError {
    RpcError::new(Code::Internal, format!("error creating watcher: {error}"))
}

async fn watch_dir(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: Result<WatchRequest, RpcError> = connect::single(&headers, body).await?;
    let started = request.and_then(|request| {
        let account = envd.caller(&headers)?;
        let watch = Watch::start(scope(&request, account)?).map_err(|error| not_watched(&error))?;
        Ok((watch, connect::timeout(&headers)?))
    });
    Ok(match started {
        Err(error) => connect::failed_stream(&error),
        Ok((watch, limit)) => {
            let (sender, frames) = mpsc::channel(16);
            // The channel is fresh, so the first frame has room.
            let _ = sender.try_send(data_frame(br#"{"start":{}}"#));
            tokio::spawn(relay(
                watch,
                sender,
                connect::keepalive(&headers),
                limit.map(|limit| Instant::now() + limit),
            ));
            connect::stream(frames)
        }
    })
}

async fn relay(
    mut watch: Watch,
    frames: mpsc::Sender<Bytes>,
    keepalive: Duration,
    deadline: Option<Instant>,
) {
    let mut quiet_until = Instant::now() + keepalive;
    loop {
        let last = tokio::select! {
            events = watch.next() => match events {
                Ok(events) => {
                    quiet_until = Instant::now() + keepalive;
                    for event in events {
                        let frame = data_frame(json!({ "filesystem": event }).to_string().as_bytes());
                        if frames.send(frame).await.is_err() {
                            return;
                        }
                    }
                    continue;
                }
                Err(error) => RpcError::new(Code::Internal, format!("watcher error: {error}")),
            },
            () = sleep_until(quiet_until) => {
                quiet_until = Instant::now() + keepalive;
                if frames.send(data_frame(br#"{"keepalive":{}}"#)).await.is_err() {
                    return;
                }
                continue;
            }
            () = async { match deadline { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {
                RpcError::new(Code::DeadlineExceeded, "context deadline exceeded")
            }
            () = frames.closed() => return,
        };
        let _ = frames.send(end_frame(Some(&last))).await;
        return;
    }
}

async fn create_watcher(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let account = envd.caller(&headers)?;
    let request: WatchRequest = connect::unary(&headers, body).await?;
    let id = envd
        .watchers
        .create(scope(&request, account)?)
        .map_err(|error| not_watched(&error))?;
    Ok(axum::Json(json!({ "watcherId": id })).into_response())
}

async fn get_watcher_events(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: WatcherRequest = connect::unary(&headers, body).await?;
    let events = envd.watchers.take(&request.watcher_id)?;
    let answer = if events.is_empty() {
        json!({})
    } else {
        json!({ "events": events })
    };
    Ok(axum::Json(answer).into_response())
}

async fn remove_watcher(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: WatcherRequest = connect::unary(&headers, body).await?;
    envd.watchers.remove(&request.watcher_id)?;
    Ok(axum::Json(json!({})).into_response())
}
