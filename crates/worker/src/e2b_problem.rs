//! What a failed call to e2b means to the person who asked.

use e2b::E2bError;
use messages::{Problem, ProblemCode};

/// The row of the table for `error`.
#[allow(clippy::needless_pass_by_value)] // for map_err
pub(crate) fn problem(error: E2bError) -> Problem {
    let code = match &error {
        E2bError::Unreachable(_) | E2bError::TimedOut => ProblemCode::E2bUnreachable,
        E2bError::InvalidKey => return ProblemCode::E2bKeyInvalid.into(),
        E2bError::Blocked { .. } => ProblemCode::E2bKeyBlocked,
        E2bError::TemplateMissing { .. } => ProblemCode::TemplateMissing,
        E2bError::TooManySandboxes { .. } => ProblemCode::TooManySandboxes,
        E2bError::RateLimited { .. } => ProblemCode::RateLimited,
        E2bError::LifeTooLong { .. } => ProblemCode::SandboxLifeTooLong,
        E2bError::NotFound { .. } => ProblemCode::SandboxVanished,
        E2bError::NoApi { .. } => ProblemCode::ApiMissing,
        E2bError::NoCapacity { .. } | E2bError::Busy { .. } => ProblemCode::E2bBusy,
        E2bError::Refused { .. } | E2bError::UnexpectedReply { .. } | E2bError::Unusable { .. } => {
            ProblemCode::E2bRefused
        }
    };
    Problem::with(code, error.to_string())
}
