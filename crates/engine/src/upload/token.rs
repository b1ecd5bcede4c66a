//! An upload whose token was refused waits, with its file, until a new one of its project is stored.

use std::rc::Rc;

use messages::engine::UploadPhase;
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::timer;

use super::Upload;
use crate::state::Engine;

/// How often a waiting upload looks whether it may go on, in milliseconds.
const TICK_MS: u32 = 200;

/// How many tokens of the project were stored so far; taken before an attempt, so that a token that
/// is stored meanwhile is not missed.
pub(super) fn stored_so_far(engine: &Engine, configuration: &ConfigurationUrl) -> u32 {
    let project = project(configuration);
    engine.tokens.borrow().get(&project).copied().unwrap_or(0)
}

/// A new token of the configuration's project was stored.
pub(crate) fn stored(engine: &Engine, configuration: &ConfigurationUrl) {
    let mut tokens = engine.tokens.borrow_mut();
    *tokens.entry(project(configuration)).or_default() += 1;
}

/// Waits when `problem` is one that a new token ends.
///
/// # Errors
/// `problem` itself when no token helps; `UploadCancelled` when the person did not want to wait.
pub(super) async fn wait(
    engine: &Rc<Engine>,
    upload: &Upload,
    problem: Problem,
    before: u32,
) -> Result<(), Problem> {
    if !matches!(
        problem.code,
        ProblemCode::TokenRefused | ProblemCode::TokenMissing
    ) {
        return Err(problem);
    }
    upload.change(|view| {
        view.phase = UploadPhase::Preparing;
        view.trouble = Some(format!(
            "{} The upload starts by itself when a new one is saved under Settings.",
            problem.code.what()
        ));
    });
    engine.publish_upload(upload.view());
    while stored_so_far(engine, &upload.configuration) == before {
        if upload.cancel.is_asked() {
            return Err(ProblemCode::UploadCancelled.into());
        }
        timer::sleep_ms(TICK_MS).await;
    }
    upload.change(|view| view.trouble = None);
    engine.publish_upload(upload.view());
    Ok(())
}

fn project(configuration: &ConfigurationUrl) -> String {
    format!("{}/{}", configuration.stack.as_str(), configuration.project)
}
