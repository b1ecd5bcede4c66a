//! Whose cloud holds a project's files.

use serde::{Deserialize, Serialize};

/// A provider of file storage, named as `owner.fileStorageProvider` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Provider {
    /// S3.
    #[default]
    Aws,
    /// Blob Storage.
    Azure,
    /// Google Cloud Storage.
    Gcp,
}

impl Provider {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }

    /// The public stack in Europe (reference/keboola.md section 1.1).
    pub(crate) fn stack(self) -> &'static str {
        match self {
            Self::Aws => "connection.eu-central-1.keboola.com",
            Self::Azure => "connection.north-europe.azure.keboola.com",
            Self::Gcp => "connection.europe-west3.gcp.keboola.com",
        }
    }
}
