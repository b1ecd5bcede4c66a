//! Versions of a configuration (reference/keboola.md section 4).

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::moment;

/// What a configuration was at a time.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// 1 and up.
    pub(crate) number: u64,
    /// A ULID.
    pub(crate) identifier: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) creator_token: Value,
    pub(crate) change_description: String,
    pub(crate) content: Content,
}

/// What is versioned of a configuration; its state is not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) configuration: Value,
    pub(crate) is_disabled: bool,
    pub(crate) is_deleted: bool,
}

impl Version {
    /// An entry of the list of versions.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "version": self.number,
            "created": moment::php(self.created),
            "creatorToken": self.creator_token,
            "changeDescription": self.change_description,
            "isDisabled": self.content.is_disabled,
            "isDeleted": self.content.is_deleted,
            "name": self.content.name,
            "description": self.content.description,
            "versionIdentifier": self.identifier,
        })
    }

    /// `currentVersion` of a configuration.
    pub(crate) fn as_current(&self) -> Value {
        json!({
            "created": moment::php(self.created),
            "creatorToken": self.creator_token,
            "changeDescription": self.change_description,
            "versionIdentifier": self.identifier,
        })
    }
}
