//! The offscreen document that the engine lives in.

use messages::engine::Ping;
use messages::{Problem, ProblemCode};
use webext::{calls, offscreen};

const PAGE: &str = "engine.html";
const WHY: &str = "Uploads files and follows runs, also after the panel was closed.";

/// Makes sure that the engine exists and listens.
pub(crate) async fn start() -> Result<(), Problem> {
    offscreen::ensure(PAGE, WHY)
        .await
        .map_err(|why| Problem::with(ProblemCode::Internal, why))?;
    calls::call(&Ping {}).await
}

/// Whether the engine exists.
pub(crate) async fn runs() -> bool {
    offscreen::exists().await
}
