//! Sockets: TLS listeners on loopback, whose connections end with the task that accepts them.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::server::Acceptor;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::LazyConfigAcceptor;

use crate::gate::Gate;
use crate::tls::ServerConfigs;

/// A client that does not finish its handshake in this time is dropped.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(20);

/// A bound port and the task that serves it; dropping it ends both and every open connection.
#[derive(Debug)]
pub(crate) struct Listening(JoinHandle<()>);

impl From<JoinHandle<()>> for Listening {
    fn from(task: JoinHandle<()>) -> Self {
        Self(task)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A loopback socket on `port`, or on a free one for 0.
pub(crate) async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves `gate` over TLS.
pub(crate) fn serve_tls(listener: TcpListener, configs: ServerConfigs, gate: Gate) -> Listening {
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            connections.spawn(serve_connection(stream, configs.clone(), gate.clone()));
            while connections.try_join_next().is_some() {}
        }
    });
    Listening(task)
}

async fn serve_connection(stream: TcpStream, configs: ServerConfigs, gate: Gate) {
    // Small frames of live output must not wait for a full segment.
    let _ = stream.set_nodelay(true);
    let handshake = async {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let config = configs.of(hello.client_hello().server_name());
        hello.into_stream(config).await
    };
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await else {
        return;
    };
    let service = service_fn(move |request| gate.clone().answer(request));
    // An error here is a client that went away, or a reset that a fault rule asked for.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .await;
}

/// Serves `gate` in clear, for services that are reached by http.
pub(crate) fn serve_gate(listener: TcpListener, gate: Gate) -> Listening {
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            let _ = stream.set_nodelay(true);
            let gate = gate.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| gate.clone().answer(request));
                // See serve_connection.
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection_with_upgrades(TokioIo::new(stream), service)
                    .await;
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Listening(task)
}

/// Serves `router` in clear, for the control API on loopback.
pub(crate) fn serve_plain(listener: TcpListener, router: Router) -> Listening {
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("devstack: the control listener ended: {error}");
        }
    });
    Listening(task)
}
