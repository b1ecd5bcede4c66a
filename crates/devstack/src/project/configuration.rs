//! Component configurations (reference/keboola.md section 4).

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::moment;

/// A configuration in a branch.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) id: String,
    pub(crate) component: String,
    pub(crate) branch: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) version: u64,
    pub(crate) version_identifier: String,
    pub(crate) change_description: String,
    pub(crate) configuration: Value,
    pub(crate) state: Value,
}

impl Configuration {
    /// The detail as the API gives it.
    pub(crate) fn to_json(&self) -> Value {
        let creator = json!({"id": 1, "description": "developer@devstack.test"});
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "created": moment::php(self.created),
            "creatorToken": creator,
            "version": self.version,
            "changeDescription": self.change_description,
            "isDisabled": false,
            "isDeleted": false,
            "configuration": as_php(&self.configuration),
            "rowsSortOrder": [],
            "rows": [],
            "state": as_php(&self.state),
            "currentVersion": {
                "created": moment::php(self.created),
                "creatorToken": creator,
                "changeDescription": self.change_description,
                "versionIdentifier": self.version_identifier,
            },
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
