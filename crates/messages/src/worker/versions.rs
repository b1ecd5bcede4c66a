//! The versions of the configuration.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// One version of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// Its number; grows by one with each change.
    pub version: u64,
    /// When it was made, in milliseconds since 1970.
    pub at: Option<u64>,
    /// Who made it: the description of the token.
    pub by: Option<String>,
    /// What was said of the change.
    pub description: Option<String>,
}

/// Lists the versions, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListVersions {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// How many newer ones are left out.
    pub offset: u64,
}

/// Tells what differs between two versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompareVersions {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// The one.
    pub from: u64,
    /// The other.
    pub to: u64,
}

/// Makes a new version with the content of an old one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RollBack {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// The version that comes back.
    pub version: u64,
    /// The newest version that the person saw: when Storage has a newer one, nothing is done.
    pub seen: u64,
}
