//! The cloud storage behind a stack: an optional permission, asked for when it is first needed.

use messages::{Problem, ProblemCode};
use webext::permissions;

/// Hosts of S3.
const S3: &str = "https://*.amazonaws.com/*";

/// Whether the provider's hosts may be reached. For a provider that is not supported nothing is
/// asked: what needs it says so.
///
/// # Errors
/// `PermissionNeeded` with the match pattern to ask for.
pub(crate) async fn check(provider: Option<&str>) -> Result<(), Problem> {
    if provider == Some("aws") && !permissions::contains(&[S3]).await {
        return Err(Problem::with(ProblemCode::PermissionNeeded, S3));
    }
    Ok(())
}
