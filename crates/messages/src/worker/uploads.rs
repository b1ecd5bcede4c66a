//! What the engine needs for an upload.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Prepares a file in Storage and signs the one request that uploads it.
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
    /// SHA-256 of the content in lower-case hex: the cloud storage refuses other bytes.
    pub sha256: String,
    /// The user's own tags.
    pub tags: Vec<String>,
}

/// A prepared file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedUpload {
    /// Its id in Storage.
    pub file: u64,
    /// The request that uploads it.
    pub put: SignedPut,
    /// The tags that it has.
    pub tags: Vec<String>,
}

/// A PUT that carries its own permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPut {
    /// Signed URL.
    pub url: String,
    /// Headers that are part of the signature.
    pub headers: Vec<(String, String)>,
}

/// Deletes a prepared file that got no bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
