//! Where the panel is.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Which configuration does the asking frame's tab show? The answer comes from the browser (the
/// sender's tab), not from the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadContext {}

/// What the panel's head shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The configuration of the tab.
    pub configuration: ConfigurationUrl,
    /// Its name, when a token allowed to read it.
    pub name: Option<String>,
    /// Its version, when a token allowed to read it.
    pub version: Option<u64>,
}
