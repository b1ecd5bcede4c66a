//! Files that this extension uploaded earlier.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Lists the files of Storage that were uploaded for a configuration, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListStoredFiles {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
}

/// A file in Storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Size in bytes, when Storage knows it.
    pub bytes: Option<u64>,
    /// ISO time of its creation.
    pub created: Option<String>,
    /// Days after which Storage deletes it; `None` for ever.
    pub max_age_days: Option<u64>,
    /// The tags that a person gave it.
    pub tags: Vec<String>,
    /// Whether it is an input of the configuration's runs.
    pub attached: bool,
}

/// Deletes a file of Storage, and takes it out of later runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteStoredFile {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
