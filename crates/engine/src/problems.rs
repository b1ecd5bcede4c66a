//! What a failure at the sandbox means to the person who asked.

use e2b::EnvdError;
use messages::{Problem, ProblemCode};
use runtime::event::{RunProblem, RunProblemCode};

/// The row of the table for `error`.
pub(crate) fn envd(error: &EnvdError) -> Problem {
    let code = match error {
        EnvdError::SandboxGone => ProblemCode::SandboxVanished,
        EnvdError::Unreachable(_) | EnvdError::TimedOut => ProblemCode::E2bUnreachable,
        EnvdError::NoSpace { .. } => ProblemCode::SandboxFull,
        EnvdError::Dropped(_) => ProblemCode::StreamLost,
        EnvdError::Unauthorized { .. } => ProblemCode::SandboxTokenRefused,
        EnvdError::RateLimited { .. } => ProblemCode::RateLimited,
        EnvdError::Unavailable { .. } | EnvdError::PortNotOpen => ProblemCode::SandboxBusy,
        _ => ProblemCode::SandboxBroken,
    };
    Problem::with(code, error.to_string())
}

/// The row of the table for what the runner reports.
pub(crate) fn runner(problem: &RunProblem) -> Problem {
    let code = match problem.code {
        RunProblemCode::InputFailed => ProblemCode::InputFailed,
        RunProblemCode::PackagesFailed => ProblemCode::PackagesFailed,
        RunProblemCode::NoSpace => ProblemCode::SandboxFull,
        RunProblemCode::DataNotWritable | RunProblemCode::Internal => ProblemCode::SandboxBroken,
        RunProblemCode::Aborted => ProblemCode::InputFailed,
    };
    Problem::with(code, problem.message.clone())
}

/// A new id: the time and 32 random bits. Sorts by time; good in paths, tags and metadata.
pub(crate) fn new_id() -> String {
    let noise = (js_sys::Math::random() * f64::from(u32::MAX)).to_bits() >> 20;
    format!("{}{:08x}", webext::clock::unix_ms(), noise & 0xffff_ffff)
}
