//! The folders and files of a configuration's sandbox: looking at them, changing them, opening one.

mod change;
mod list;
mod open;

use e2b::{Envd, EnvdError};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::fetch::Fetch;

pub(crate) use self::change::{delete, make_folder, rename};
pub(crate) use self::list::list;
pub(crate) use self::open::open;
use crate::problems;
use crate::sandbox::{self, live};
use crate::state::Engine;

/// Asks the configuration's sandbox.
async fn ask<T>(
    engine: &Engine,
    configuration: &ConfigurationUrl,
    question: impl AsyncFn(Envd<'static, Fetch>) -> Result<T, EnvdError>,
) -> Result<T, Problem> {
    let lease = live(engine, configuration)?;
    sandbox::ask(&lease, question).await.map_err(|error| {
        let problem = problem(&error);
        if problem.code == ProblemCode::SandboxVanished {
            engine.forget_sandbox(&lease.access.id);
        }
        problem
    })
}

fn problem(error: &EnvdError) -> Problem {
    let code = match error {
        EnvdError::NotFound { .. } => ProblemCode::EntryMissing,
        EnvdError::AlreadyExists { .. } => ProblemCode::EntryExists,
        EnvdError::Invalid { .. } | EnvdError::Refused { .. } => ProblemCode::EntryRefused,
        _ => return problems::envd(error),
    };
    Problem::with(code, error.to_string())
}
