//! What the engine needs for an upload.

use serde::{Deserialize, Serialize};

use keboola::upload::Upload;

use crate::ConfigurationUrl;

/// Prepares a file in Storage: an entry, and the permission to write its object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrepareUpload {
    /// Whose project, and whose tag.
    pub configuration: ConfigurationUrl,
    /// Name in Storage.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// MIME type.
    pub content_type: String,
    /// The user's own tags.
    pub tags: Vec<String>,
}

/// A prepared file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedUpload {
    /// Its id in Storage.
    pub file: u64,
    /// Where its bytes go, with the credentials of this one file.
    pub target: Upload,
    /// The tags that it has.
    pub tags: Vec<String>,
}

/// Deletes a prepared file that got no bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
