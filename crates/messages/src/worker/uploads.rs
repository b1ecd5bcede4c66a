//! What the engine needs for an upload.

use serde::{Deserialize, Serialize};

use keboola::upload::{Session, Upload};

use crate::ConfigurationUrl;

/// Prepares files in Storage: of each an entry, and the permission to write its object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrepareUploads {
    /// Whose project, and whose tag.
    pub configuration: ConfigurationUrl,
    /// The files. The ends come in their order.
    pub files: Vec<FileToPrepare>,
}

/// A file that is to be prepared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileToPrepare {
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

/// Asks for new credentials of a prepared file whose upload goes on. Only Google's can be renewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewUpload {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// The permission to go on with an upload that was begun. Whoever holds it may write this one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadPermission {
    /// Where its bytes go, with the credentials.
    pub target: Upload,
    /// The upload in parts that was begun.
    pub session: Session,
}

/// Seals a permission so that it may lie on a disk: only the Storage token of the project opens it,
/// which never does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealPermission {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
    /// What is sealed.
    pub permission: UploadPermission,
}

/// Opens what [`SealPermission`] made; `None` when it was sealed by another token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenPermission {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
    /// The reply of [`SealPermission`].
    pub sealed: String,
}

/// Deletes a prepared file that got no bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
