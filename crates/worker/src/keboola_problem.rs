//! What a failed call to Keboola means to the person who asked.

use keboola::KeboolaError;
use messages::{Problem, ProblemCode};

/// The row of the table for `error`; `doing` names what was tried ("read table in.c-main.a").
#[allow(clippy::needless_pass_by_value)] // for map_err
pub(crate) fn problem(error: KeboolaError, doing: &str) -> Problem {
    let code = match &error {
        KeboolaError::Unreachable(_) | KeboolaError::TimedOut => ProblemCode::StorageUnreachable,
        KeboolaError::Unauthorized => ProblemCode::TokenInvalid,
        KeboolaError::Forbidden { .. } => ProblemCode::TokenForbidden,
        KeboolaError::Maintenance { .. } => ProblemCode::StorageMaintenance,
        KeboolaError::RateLimited { .. } => ProblemCode::RateLimited,
        KeboolaError::Refused { status: 500.., .. } => ProblemCode::StorageFault,
        KeboolaError::NotFound { .. }
        | KeboolaError::Refused { .. }
        | KeboolaError::UnexpectedReply { .. } => ProblemCode::StorageRefused,
    };
    Problem::with(code, format!("{doing}: {error}"))
}
