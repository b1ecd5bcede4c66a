//! Component configurations (reference/keboola.md section 4).

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::version::{Content, Version};
use crate::{moment, random};

/// A configuration in a branch.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) id: String,
    pub(crate) component: String,
    pub(crate) branch: u64,
    pub(crate) created: OffsetDateTime,
    pub(crate) creator_token: Value,
    pub(crate) state: Value,
    pub(crate) current: Version,
    /// The oldest first.
    pub(crate) earlier: Vec<Version>,
    /// In a development branch: the version of production that it was copied from.
    pub(crate) copied: Option<Version>,
}

/// Which configuration of a component, and in which branch.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) branch: u64,
    pub(crate) component: String,
    pub(crate) id: String,
}

impl Configuration {
    /// The first version of a configuration, made by the token that `creator` tells of.
    pub(crate) fn new(place: Place, content: Content, change: String, creator: Value) -> Self {
        let now = moment::now();
        Self {
            id: place.id,
            component: place.component,
            branch: place.branch,
            created: now,
            creator_token: creator.clone(),
            state: Value::Object(serde_json::Map::new()),
            current: Version {
                number: 1,
                identifier: random::ulid(),
                created: now,
                creator_token: creator,
                change_description: change,
                content,
            },
            earlier: Vec::new(),
            copied: None,
        }
    }

    /// Its copy in a development branch, which from now on goes its own way.
    pub(crate) fn copy_to(&self, branch: u64) -> Self {
        Self {
            branch,
            copied: Some(self.current.clone()),
            ..self.clone()
        }
    }

    /// A new version.
    pub(crate) fn change(&mut self, content: Content, change: String, creator: Value) {
        let next = Version {
            number: self.current.number + 1,
            identifier: random::ulid(),
            created: moment::now(),
            creator_token: creator,
            change_description: change,
            content,
        };
        self.earlier
            .push(std::mem::replace(&mut self.current, next));
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.current.content.is_deleted
    }

    /// Every version, the newest first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.current).chain(self.earlier.iter().rev())
    }

    /// The detail as the API gives it.
    pub(crate) fn to_json(&self) -> Value {
        self.at_version(&self.current)
    }

    /// The detail with the content of one of its versions.
    pub(crate) fn at_version(&self, version: &Version) -> Value {
        let content = &version.content;
        json!({
            "id": self.id,
            "name": content.name,
            "description": content.description,
            "created": moment::php(self.created),
            "creatorToken": self.creator_token,
            "version": version.number,
            "changeDescription": version.change_description,
            "isDisabled": content.is_disabled,
            "isDeleted": content.is_deleted,
            "configuration": as_php(&content.configuration),
            "rowsSortOrder": [],
            "rows": [],
            "state": as_php(&self.state),
            // A branch leaves that of production as it is.
            "currentVersion": self.copied.as_ref().unwrap_or(version).as_current(),
        })
    }
}

/// `value` after a trip through PHP: every empty object is an empty array. Order and the spelling
/// of numbers stay.
pub(crate) fn as_php(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.is_empty() => json!([]),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), as_php(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(as_php).collect()),
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_objects_become_arrays_and_numbers_keep_their_spelling() {
        let text = r#"{"b":1.0,"a":{},"z":[{"k":{}}],"n":12345678901234567890,"e":1.5e-7}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let php = r#"{"b":1.0,"a":[],"z":[{"k":[]}],"n":12345678901234567890,"e":1.5e-7}"#;
        assert_eq!(as_php(&value).to_string(), php);
    }
}
