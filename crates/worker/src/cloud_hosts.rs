//! The cloud storage behind a stack: an optional permission, asked for when it is first needed.

use messages::{Problem, ProblemCode};
use webext::permissions;

/// Hosts of S3.
const S3: &str = "https://*.amazonaws.com/*";

/// The hosts that may be reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloudHosts {
    s3: bool,
}

impl CloudHosts {
    /// Asks the browser which may be reached now.
    pub(crate) async fn allowed() -> Self {
        Self {
            s3: permissions::contains(&[S3]).await,
        }
    }

    /// Whether the provider's hosts may be reached. For a provider that is not supported nothing is
    /// asked: what needs it says so.
    ///
    /// # Errors
    /// `PermissionNeeded` with the match pattern to ask for.
    pub(crate) fn check(self, provider: Option<&str>) -> Result<(), Problem> {
        if provider == Some("aws") && !self.s3 {
            return Err(Problem::with(ProblemCode::PermissionNeeded, S3));
        }
        Ok(())
    }
}
