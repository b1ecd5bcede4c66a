//! The queue of jobs (reference/keboola.md section 6) at `queue.<suffix>`: a job really runs the script
//! of its configuration, in a jail of its own, and does with the outputs what the real one does.

mod caller;
mod kill;
mod life;
mod read;
mod run;
mod start;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use http::{Method, Uri};

pub(crate) use kill::{kill_as_other, stop};
pub(crate) use run::Lab;

use crate::service_error::ServiceError;
use crate::sync::lock;
use crate::world::World;

/// A configuration may hold 4 MB, and `configData` is one.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// How long a new job stands still when nobody says otherwise.
const START_DELAY: Duration = Duration::from_millis(300);

/// What jobs run with, and how they behave.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) lab: Lab,
    switches: Mutex<Switches>,
}

/// How new jobs behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    /// How long a job stays created.
    pub(crate) start_delay: Duration,
    /// How long ago a new job says that it was created.
    pub(crate) age: Duration,
}

impl Queue {
    pub(crate) fn new(lab: Lab) -> Self {
        let switches = Switches {
            start_delay: START_DELAY,
            age: Duration::ZERO,
        };
        Self {
            lab,
            switches: Mutex::new(switches),
        }
    }

    pub(crate) fn switches(&self) -> Switches {
        *lock(&self.switches)
    }

    pub(crate) fn switch(&self, switches: Switches) {
        *lock(&self.switches) = switches;
    }
}

/// The API.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/jobs", post(start::start))
        .route("/jobs/{id}", get(read::detail))
        .route("/jobs/{id}/kill", post(kill::kill))
        .route("/search/jobs", get(read::search))
        .method_not_allowed_fallback(unknown)
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(world)
}

async fn unknown(method: Method, uri: Uri) -> ServiceError {
    ServiceError::not_found(format!(
        "The dev stack has no \"{method} {}\" in its queue.",
        uri.path()
    ))
}
