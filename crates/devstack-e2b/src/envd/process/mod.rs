//! `process.Process`: starts commands, tells their output and end, feeds and signals them
//! (`reference/e2b.md` §3.5).

mod command;
mod exit;
mod feed;
mod messages;
mod running;
mod terminal;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use self::feed::Event;
use self::messages::{
    Input, ListResponse, SelectRequest, SendInputRequest, SendSignalRequest, StartRequest,
    StreamInputRequest, UpdateRequest, keepalive_event, start_event,
};
use self::running::Process;
pub(crate) use self::running::Processes;
use super::Envd;
use super::connect::{self, Code, FrameReader, Refusal, RpcError, end_frame};
use crate::service::Version;

type Answer = Result<Response, Refusal>;

/// Adds the calls of the service.
pub(super) fn routes(router: axum::Router<Envd>, version: Version) -> axum::Router<Envd> {
    use axum::routing::post;
    let router = router
        .route("/process.Process/Start", post(start))
        .route("/process.Process/Connect", post(reconnect))
        .route("/process.Process/List", post(list))
        .route("/process.Process/SendInput", post(send_input))
        .route("/process.Process/StreamInput", post(stream_input))
        .route("/process.Process/SendSignal", post(send_signal))
        .route("/process.Process/Update", post(update));
    if version.has_close_stdin() {
        router.route("/process.Process/CloseStdin", post(close_stdin))
    } else {
        router
    }
}

async fn start(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: Result<StartRequest, RpcError> = connect::single(&headers, body).await?;
    let started = request.and_then(|request| {
        let account = envd.caller(&headers)?;
        // The call's limit is the process's limit: it kills the leader, and only the leader.
        let limit = connect::timeout(&headers)?;
        let spawned = command::spawn(&request, account, &envd.config)?;
        // One moment for both: who is killed by the limit has not ended before it.
        let deadline = limit.map(|limit| Instant::now() + limit);
        Ok((envd.processes.adopt(request, spawned, deadline), deadline))
    });
    Ok(match started {
        Ok(((process, events), deadline)) => {
            follow(process.pid, events, connect::keepalive(&headers), deadline)
        }
        Err(error) => connect::failed_stream(&error),
    })
}

async fn reconnect(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: Result<SelectRequest, RpcError> = connect::single(&headers, body).await?;
    let found = request.and_then(|request| {
        Ok((
            envd.processes.find_or_recall(&request.process)?,
            connect::timeout(&headers)?,
        ))
    });
    Ok(match found {
        Ok((process, limit)) => follow(
            process.pid,
            process.feed.listen(),
            connect::keepalive(&headers),
            limit.map(|limit| Instant::now() + limit),
        ),
        Err(error) => connect::failed_stream(&error),
    })
}

/// Streams a process's events. The client's leaving ends the stream, never the process.
fn follow(
    pid: u32,
    events: mpsc::Receiver<Event>,
    keepalive: Duration,
    deadline: Option<Instant>,
) -> Response {
    let (sender, frames) = mpsc::channel(16);
    // The channel is fresh, so the first frame has room.
    let _ = sender.try_send(start_event(pid));
    tokio::spawn(relay(events, sender, keepalive, deadline));
    connect::stream(frames)
}

async fn relay(
    mut events: mpsc::Receiver<Event>,
    frames: mpsc::Sender<Bytes>,
    keepalive: Duration,
    deadline: Option<Instant>,
) {
    let mut quiet_until = Instant::now() + keepalive;
    loop {
        let frame = tokio::select! {
            event = events.recv() => match event {
                Some(Event::Data(frame)) => {
                    quiet_until = Instant::now() + keepalive;
                    frame
                }
                Some(Event::End(_)) if deadline.is_some_and(|at| at <= Instant::now()) => {
                    let _ = frames.send(over_limit()).await;
                    return;
                }
                Some(Event::End(frame)) => {
                    let _ = frames.send(frame).await;
                    let _ = frames.send(end_frame(None)).await;
                    return;
                }
                None => {
                    let lost = RpcError::new(Code::Unknown, "end event channel closed before sending end event");
                    let _ = frames.send(end_frame(Some(&lost))).await;
                    return;
                }
            },
            () = sleep_until(quiet_until) => {
                quiet_until = Instant::now() + keepalive;
                keepalive_event()
            }
            () = async { match deadline { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {
                let _ = frames.send(over_limit()).await;
                return;
            }
            () = frames.closed() => return,
        };
        if frames.send(frame).await.is_err() {
            return;
        }
    }
}

fn over_limit() -> Bytes {
    let error = RpcError::new(Code::DeadlineExceeded, "context deadline exceeded");
    end_frame(Some(&error))
}

async fn list(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let _: serde_json::Value = connect::unary(&headers, body).await?;
    Ok(axum::Json(ListResponse {
        processes: envd.processes.list(),
    })
    .into_response())
}

async fn send_input(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: SendInputRequest = connect::unary(&headers, body).await?;
    write(&*envd.processes.find(&request.process)?, &request.input).await?;
    Ok(done())
}

async fn write(process: &Process, input: &Input) -> Result<(), RpcError> {
    match input {
        Input::Stdin(bytes) => process.write_stdin(bytes).await,
        Input::Pty(bytes) => process.write_terminal(bytes).await,
    }
}

async fn stream_input(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    connect::require_type(&headers, "application/connect+json")?;
    Ok(match read_inputs(&envd, body).await {
        Err(error) => connect::failed_stream(&error),
        Ok(()) => {
            let (sender, frames) = mpsc::channel(2);
            for frame in [connect::data_frame(b"{}"), end_frame(None)] {
                drop(sender.try_send(frame));
            }
            drop(sender);
            connect::stream(frames)
        }
    })
}

async fn read_inputs(envd: &Envd, body: Body) -> Result<(), RpcError> {
    let mut body = body.into_data_stream();
    let mut reader = FrameReader::default();
    let mut process = None;
    while let Some(bytes) = body.next().await {
        reader.push(&bytes.map_err(|error| {
            RpcError::new(Code::Unknown, format!("error streaming input: {error}"))
        })?);
        while let Some(message) = reader.next()? {
            match connect::parse(&message)? {
                StreamInputRequest::Start(start) => {
                    process = Some(envd.processes.find(&start.process)?);
                }
                StreamInputRequest::Data(data) => {
                    let process = process.as_ref().ok_or_else(|| {
                        RpcError::new(
                            Code::InvalidArgument,
                            "data came before the start event that names the process",
                        )
                    })?;
                    write(process, &data.input).await?;
                }
                StreamInputRequest::Keepalive(_) => {}
            }
        }
    }
    if reader.is_empty() {
        Ok(())
    } else {
        Err(RpcError::new(
            Code::InvalidArgument,
            "protocol error: incomplete envelope",
        ))
    }
}

async fn close_stdin(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: SelectRequest = connect::unary(&headers, body).await?;
    envd.processes.find(&request.process)?.close_stdin().await?;
    Ok(done())
}

async fn send_signal(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: SendSignalRequest = connect::unary(&headers, body).await?;
    envd.processes
        .find(&request.process)?
        .signal(request.signal)?;
    Ok(done())
}

async fn update(State(envd): State<Envd>, headers: HeaderMap, body: Body) -> Answer {
    let request: UpdateRequest = connect::unary(&headers, body).await?;
    let process = envd.processes.find(&request.process)?;
    if let Some(pty) = request.pty {
        process.resize(pty.size)?;
    }
    Ok(done())
}

fn done() -> Response {
    axum::Json(json!({})).into_response()
}
