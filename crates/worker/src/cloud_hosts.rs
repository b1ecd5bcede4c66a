//! The cloud storage behind a stack: an optional permission, asked for when it is first needed.

use messages::{Problem, ProblemCode};
use webext::permissions;

/// A provider, as Storage names it, and the match pattern of its hosts.
const PROVIDERS: [(&str, &str); 3] = [
    ("aws", "https://*.amazonaws.com/*"),
    ("azure", "https://*.blob.core.windows.net/*"),
    ("gcp", "https://storage.googleapis.com/*"),
];

/// Whether the hosts of a provider (`aws`, `azure`, `gcp`) may be reached. Of a provider with
/// another name nothing is known to ask for: what needs it says so.
///
/// # Errors
/// `PermissionNeeded` with the match pattern to ask for.
pub(crate) async fn check(provider: Option<&str>) -> Result<(), Problem> {
    let known = PROVIDERS.iter().find(|(name, _)| Some(*name) == provider);
    match known {
        Some((_, hosts)) if !permissions::contains(&[hosts]).await => {
            Err(Problem::with(ProblemCode::PermissionNeeded, *hosts))
        }
        _ => Ok(()),
    }
}
