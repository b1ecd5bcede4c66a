//! Who asks the queue: a token of Storage, on the stack that the queue belongs to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderValue;
use http::header::HOST;
use http::request::Parts;

use crate::service_error::ServiceError;
use crate::storage::{self, host};
use crate::world::World;

/// A caller with a valid token.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) storage: storage::Caller,
    /// The queue's own host, for URLs in the answer.
    pub(super) host: String,
}

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = ServiceError;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, ServiceError> {
        let own = host(&parts.headers);
        // Tokens are known by the stack's connection host.
        let connection = match own.strip_prefix("queue.") {
            Some(suffix) => format!("connection.{suffix}"),
            None => own.clone(),
        };
        if let Ok(value) = HeaderValue::from_str(&connection) {
            parts.headers.insert(HOST, value);
        }
        let storage = storage::Caller::from_request_parts(parts, world).await?;
        Ok(Self { storage, host: own })
    }
}
