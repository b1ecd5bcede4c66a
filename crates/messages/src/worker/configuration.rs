//! The configuration as a person edits it, and the edits that are not saved yet.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Reads the configuration fresh.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadConfiguration {
    /// Which.
    pub configuration: ConfigurationUrl,
}

/// What of it can be edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationView {
    /// Its version.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Where the code comes from: `code`, `git`, or what newer components add.
    pub source: String,
    /// The Python environment: `base`, `3.12`, …
    pub venv: String,
    /// The code; `None` where there is none.
    pub code: Option<String>,
    /// Packages in the order in which they are installed.
    pub packages: Vec<String>,
    /// JSON text of the user parameters, as Storage has it.
    pub parameters: String,
    /// JSON text of all of the configuration, as Storage has it: what edits begin from.
    pub raw: String,
}

/// Edits that are not saved. May hold a secret that was typed in clear: the worker keeps them sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The version that they began from.
    pub base_version: u64,
    /// [`ConfigurationView::raw`] of that version.
    pub base: String,
    /// The code; `None` where it was not edited.
    pub code: Option<String>,
    /// The packages; `None` where they were not edited.
    pub packages: Option<Vec<String>>,
    /// JSON text of the user parameters; `None` where they were not edited.
    pub parameters: Option<String>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Draft(on version {})", self.base_version)
    }
}

/// Asks for the edits of this browser session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadDraft {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
}

/// Keeps edits for this browser session, or drops them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreDraft {
    /// Of which configuration.
    pub configuration: ConfigurationUrl,
    /// `None` drops them.
    pub draft: Option<Draft>,
}
