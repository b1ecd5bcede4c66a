//! How runs of a configuration are done, and the files attached to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Settings of a configuration, with the defaults filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadSettings {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// Keeps the settings of a configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreSettings {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
    /// All of them.
    pub settings: Settings,
}

/// How runs of a configuration are done. Nothing secret: kept in `chrome.storage.local`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Sandbox template, by name or id.
    pub template: String,
    /// Life of a sandbox, in seconds, 30 to 86,400.
    pub life_seconds: u32,
    /// Time limit of a run, in seconds; 0 is none.
    pub limit_seconds: u32,
    /// Variables added to the script's environment.
    pub environment: BTreeMap<String, String>,
    /// Go on in the sandbox of the last run while it lives.
    pub reuse: bool,
    /// Whether a sandbox may reach anything but its own service.
    pub internet: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            template: "code-interpreter-v1".to_owned(),
            life_seconds: 300,
            limit_seconds: 0,
            environment: BTreeMap::new(),
            reuse: true,
            internet: true,
        }
    }
}

/// Makes files of Storage inputs of every later run of this configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttachFiles {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Their ids.
    pub files: Vec<u64>,
}

/// Takes that back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DetachFile {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
