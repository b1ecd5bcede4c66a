//! The way out of a sandbox: an HTTP proxy that tunnels to this stack's own hosts, refuses the rest
//! of the world unless told otherwise, and writes down every host that was asked for.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::Response;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::listen::Listening;
use crate::sync::lock;
use crate::{glob, hosts, moment};

/// One attempt to reach a host.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EgressRecord {
    /// Unix time in milliseconds.
    pub at_ms: i64,
    /// The host without the port.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether a tunnel was opened.
    pub allowed: bool,
}

/// What was asked for, and what else may be reached.
#[derive(Debug, Default)]
pub(crate) struct Egress {
    records: Mutex<Vec<EgressRecord>>,
    allowed: Mutex<Vec<String>>,
}

impl Egress {
    pub(crate) fn all(&self) -> Vec<EgressRecord> {
        lock(&self.records).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.records).clear();
    }

    /// Opens the way to every host that matches `pattern`.
    pub(crate) fn allow(&self, pattern: String) {
        lock(&self.allowed).push(pattern);
    }

    fn is_allowed(&self, host: &str) -> bool {
        lock(&self.allowed)
            .iter()
            .any(|pattern| glob::matches(pattern, host))
    }

    fn note(&self, host: &str, port: u16, allowed: bool) {
        let at_ms =
            i64::try_from(moment::now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        lock(&self.records).push(EgressRecord {
            at_ms,
            host: host.to_owned(),
            port,
            allowed,
        });
    }
}

/// Serves the proxy; tunnels to hosts of this stack end at `own`, its TLS port on loopback.
pub(crate) fn serve(listener: TcpListener, egress: Arc<Egress>, own: u16) -> Listening {
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            let egress = Arc::clone(&egress);
            connections.spawn(async move {
                let service = service_fn(move |request| answer(request, Arc::clone(&egress), own));
                // An error here is a client that went away.
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades()
                    .await;
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Listening::from(task)
}

async fn answer(
    request: Request<Incoming>,
    egress: Arc<Egress>,
    own: u16,
) -> Result<Response, http::Error> {
    let host = request
        .uri()
        .host()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_connect = request.method() == Method::CONNECT;
    let port = request
        .uri()
        .port_u16()
        .unwrap_or(if is_connect { 443 } else { 80 });
    if !is_connect {
        egress.note(&host, port, false);
        return plain(
            StatusCode::FORBIDDEN,
            "The dev stack's proxy only opens TLS tunnels (CONNECT).",
        );
    }
    let target = if hosts::place_of(&host).is_some() {
        TcpStream::connect(("127.0.0.1", own)).await
    } else if egress.is_allowed(&host) {
        TcpStream::connect((host.as_str(), port)).await
    } else {
        egress.note(&host, port, false);
        let text = format!("The dev stack's proxy does not open the way to {host}.");
        return plain(StatusCode::FORBIDDEN, &text);
    };
    egress.note(&host, port, true);
    let mut target = match target {
        Ok(stream) => stream,
        Err(error) => return plain(StatusCode::BAD_GATEWAY, &format!("{host}: {error}")),
    };
    tokio::spawn(async move {
        if let Ok(client) = hyper::upgrade::on(request).await {
            let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut target).await;
        }
    });
    Response::builder()
        .status(StatusCode::OK)
        .body(Body::empty())
}

fn plain(status: StatusCode, text: &str) -> Result<Response, http::Error> {
    Response::builder()
        .status(status)
        .body(Body::from(format!("{text}\n")))
}
