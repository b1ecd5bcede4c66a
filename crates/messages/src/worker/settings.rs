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

impl Settings {
    /// The variables that a sandbox is made with, so that what its template starts has them, too. Those
    /// that decide how its own programs start are for the script alone.
    #[must_use]
    pub fn sandbox_environment(&self) -> BTreeMap<String, String> {
        const OWN: [&str; 7] = [
            "BASH_ENV", "ENV", "HOME", "LOGNAME", "PATH", "SHELL", "USER",
        ];
        let is_own = |name: &str| OWN.contains(&name) || name.starts_with("LD_");
        let mut variables = self.environment.clone();
        variables.retain(|name, _| !is_own(name));
        variables
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_made_with_what_cannot_break_its_own_programs() {
        let names = ["A", "PATH", "LD_PRELOAD", "PATHS", "HOME", "HTTP_PROXY"];
        let environment = names.map(|name| (name.to_owned(), "1".to_owned()));
        let settings = Settings {
            environment: environment.into(),
            ..Settings::default()
        };
        let given = settings.sandbox_environment();
        assert!(given.keys().eq(["A", "HTTP_PROXY", "PATHS"]), "{given:?}");
    }
}
