//! A stored token that Storage refuses later, because it was deleted or has expired meanwhile.

use std::future::Future;

use messages::worker::CheckToken;
use messages::{ConfigurationUrl, Problem, ProblemCode};

use crate::storage_token;

/// Does `work`, which uses the stored token. When Storage refuses the token, it is asked once more
/// about the token that is stored now, so that a call that was sent with an earlier one marks
/// nothing; the panel is told by the mark.
///
/// # Errors
/// Those of `work`; `TokenRefused` instead of `TokenInvalid` when the stored token is refused.
pub(crate) async fn watched<R>(
    configuration: &ConfigurationUrl,
    work: impl Future<Output = Result<R, Problem>>,
) -> Result<R, Problem> {
    let problem = match work.await {
        Err(problem) if problem.code == ProblemCode::TokenInvalid => problem,
        done => return done,
    };
    let check = CheckToken {
        configuration: configuration.clone(),
    };
    match storage_token::check(&check).await {
        Ok(report) if report.refused => Err(Problem {
            code: ProblemCode::TokenRefused,
            ..problem
        }),
        _ => Err(problem),
    }
}
