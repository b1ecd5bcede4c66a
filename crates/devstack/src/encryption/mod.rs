//! The Encryption API (reference/keboola.md section 5): `POST encryption.<suffix>/encrypt`, which needs
//! no token. What it encrypts can be read inside this program alone, by [`decrypt`], as a job does.

mod ciphertext;
mod encrypt;
mod scope;
mod values;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use http::{Method, Uri};

pub(crate) use ciphertext::{EncryptionKey, decrypt, encrypt_for_configuration};
pub(crate) use values::with_secrets;

use crate::service_error::ServiceError;
use crate::world::World;

/// A configuration may hold 4 MB, and nobody encrypts more than one.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// The API.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/encrypt", post(encrypt::encrypt))
        .method_not_allowed_fallback(unknown)
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(world)
}

async fn unknown(method: Method, uri: Uri) -> ServiceError {
    ServiceError::not_found(format!(
        "The dev stack has no \"{method} {}\" in its Encryption API.",
        uri.path()
    ))
}
