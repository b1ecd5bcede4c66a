//! Files that this extension uploaded earlier.

use std::collections::BTreeMap;

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
    /// SHA-256 of its content in lower-case hex, when its tags tell it.
    pub sha256: Option<String>,
    /// The tags that a person gave it.
    pub tags: Vec<String>,
    /// Whether it is an input of the configuration's runs.
    pub attached: bool,
}

/// The tag that names a file's content by its SHA-256 in lower-case hex.
#[must_use]
pub fn checksum_tag(sha256: &str) -> String {
    format!("{CHECKSUM_TAG}{sha256}")
}

/// The SHA-256 that a tag names, if it is one of [`checksum_tag`].
#[must_use]
pub fn checksum_of_tag(tag: &str) -> Option<&str> {
    let hex = tag.strip_prefix(CHECKSUM_TAG)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (hex.len() == 64 && hex.bytes().all(is_digit)).then_some(hex)
}

const CHECKSUM_TAG: &str = "sha256:";

/// Adds the tag of its content to a file that was uploaded before its checksum was known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TagChecksum {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
    /// SHA-256 of its content in lower-case hex.
    pub sha256: String,
}

/// Asks for what a file's content is fetched from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenStoredFile {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// What a file's content is fetched from, with all permission that it takes: a secret for an hour.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredContent {
    /// One URL, or those of a sliced file's slices in their order.
    pub urls: Vec<String>,
    /// Sent with each request.
    pub headers: BTreeMap<String, String>,
    /// Size in bytes, when Storage knows it.
    pub bytes: Option<u64>,
}

impl std::fmt::Debug for StoredContent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without URLs and headers, which open the file.
        formatter
            .debug_struct("StoredContent")
            .field("urls", &self.urls.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Deletes a file of Storage, and takes it out of later runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteStoredFile {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_comes_out_of_its_tag() {
        let sha256 = "0123456789abcdef".repeat(4);
        let tag = checksum_tag(&sha256);
        assert_eq!(checksum_of_tag(&tag), Some(sha256.as_str()));
    }

    #[test]
    fn tags_of_people_are_no_checksums() {
        let upper = format!("sha256:{}", "AB".repeat(32));
        for tag in ["", "sha256", "sha256:", "sha256:abc", upper.as_str()] {
            assert_eq!(checksum_of_tag(tag), None, "{tag}");
        }
    }
}
