//! `POST /init`: the control plane tells envd what changed. The public way to it is closed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Envd;
use super::config::AccessToken;

/// What the control plane may change later.
#[derive(Debug, Default)]
pub(super) struct Told {
    access_token: RwLock<Option<AccessToken>>,
    ahead_s: AtomicI64,
}

impl Told {
    pub(super) fn new(access_token: Option<AccessToken>, ahead_s: i64) -> Self {
        Self {
            access_token: RwLock::new(access_token),
            ahead_s: AtomicI64::new(ahead_s),
        }
    }

    pub(super) fn access_token(&self) -> Option<AccessToken> {
        let token = self.access_token.read();
        token.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seconds since 1970 by the sandbox's clock.
    pub(super) fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second() + self.ahead_s.load(Ordering::Relaxed)
    }
}

/// What is new; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Init {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) access_token: Option<AccessToken>,
    /// How far its clock is ahead, in seconds. The real one takes the time itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ahead_s: Option<i64>,
}

pub(super) async fn post(State(envd): State<Envd>, Json(init): Json<Init>) -> StatusCode {
    if let Some(token) = init.access_token {
        let known = envd.told.access_token.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        *known = Some(token);
    }
    if let Some(ahead_s) = init.ahead_s {
        envd.told.ahead_s.store(ahead_s, Ordering::Relaxed);
    }
    StatusCode::NO_CONTENT
}

/// Answers tell the sandbox's time.
pub(super) async fn dated(State(envd): State<Envd>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let seconds = u64::try_from(envd.told.now()).unwrap_or_default();
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
