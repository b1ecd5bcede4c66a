//! envd: the daemon inside a sandbox (`reference/e2b.md` §3). It serves HTTP/1.1 on a unix socket;
//! the gateway outside is its only client.

mod account;
pub(crate) mod config;
mod connect;

mod files;
mod filesystem;
pub(crate) mod init;
mod metrics;
mod path;
mod process;
mod serve;
mod signature;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::account::Account;
use self::config::Config;
use self::connect::{Code, RpcError};
use self::files::FileError;
pub use self::serve::envd_main;

/// Port under which the gateway reaches envd.
pub(crate) const PORT: u16 = 49983;

/// Shared by all handlers.
#[derive(Clone, Debug)]
struct Envd {
    config: Arc<Config>,
    told: Arc<init::Told>,
    processes: Arc<process::Processes>,
    watchers: Arc<filesystem::Watchers>,
}

impl Envd {
    /// The account of an RPC: `Authorization: Basic base64("{user}:")`, else the default.
    fn caller(&self, headers: &HeaderMap) -> Result<Account, RpcError> {
        let Some(encoded) = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        else {
            if !self.config.version.has_default_user() {
                return Err(RpcError::new(Code::Unauthenticated, "no user specified"));
            }
            return Ok(Account::default_user());
        };
        let decoded = STANDARD.decode(encoded.trim()).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded);
        let name = decoded.split(':').next().unwrap_or("");
        Account::named(name).ok_or_else(|| {
            RpcError::new(Code::Unauthenticated, format!("invalid username: '{name}'"))
        })
    }
}

fn router(config: Config) -> axum::Router {
    let envd = Envd {
        told: Arc::new(init::Told::new(config.access_token.clone(), config.ahead_s)),
        config: Arc::new(config),
        processes: Arc::default(),
        watchers: Arc::default(),
    };
    let router = axum::Router::new()
        .route("/health", get(async || StatusCode::NO_CONTENT))
        .route("/init", post(init::post))
        .route(
            "/metrics",
            get(async |State(envd): State<Envd>| {
                axum::Json(metrics::Metrics::read(envd.told.now()))
            }),
        )
        .route(
            "/envs",
            get(async |State(envd): State<Envd>| axum::Json(envd.config.envs.clone())),
        );
    let version = envd.config.version;
    let router = filesystem::routes(process::routes(router, version));
    let router = files::routes(router, version);
    router
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(envd.clone(), authorize))
        .layer(from_fn_with_state(envd.clone(), init::dated))
        // CORS is outside of authorization, so a preflight needs no token.
        .layer(from_fn(crate::cors::envd))
        .with_state(envd)
}

/// The token of a secured sandbox. `/files` checks for itself, because signatures open it too.
async fn authorize(State(envd): State<Envd>, request: Request, next: Next) -> Response {
    let open = matches!(
        (request.method(), request.uri().path()),
        (&Method::GET, "/health")
            | (&Method::POST, "/init")
            | (&Method::GET | &Method::POST, "/files")
    );
    if let Some(token) = envd.told.access_token().filter(|_| !open) {
        let sent = request
            .headers()
            .get("x-access-token")
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        if !signature::equal(sent, token.0.as_bytes()) {
            return FileError::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized access, please provide a valid access token or method signing if supported",
            )
            .into_response();
        }
    }
    next.run(request).await
}
