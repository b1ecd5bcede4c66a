//! What a call says of a configuration: in a JSON body, or in a form whose `configuration` and
//! `state` are JSON in a text (reference/keboola.md section 4).

use serde_json::Value;

use super::error::StorageError;
use super::parameters::Parameters;
use crate::project::version::Content;

/// `configuration` and `state` may each be so long.
const LARGEST: usize = 4_000_000;

/// The fields that were sent; what was not stays as it is.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) name: Option<String>,
    description: Option<String>,
    configuration: Option<Value>,
    is_disabled: Option<bool>,
    pub(super) state: Option<Value>,
    pub(super) change_description: Option<String>,
}

impl Fields {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, StorageError> {
        if parameters.get("rowsSortOrder").is_some() {
            let text = "The dev stack has no configuration rows, and no \"rowsSortOrder\".";
            return Err(StorageError::invalid("storage.components.validation", text));
        }
        let is_disabled = match parameters.get("isDisabled") {
            None => None,
            Some(_) => Some(parameters.flag("isDisabled")?),
        };
        Ok(Self {
            name: parameters.text("name")?,
            description: parameters.text("description")?,
            configuration: object(parameters, "configuration")?,
            is_disabled,
            state: object(parameters, "state")?,
            change_description: parameters.text("changeDescription")?,
        })
    }

    /// Whether anything of a version is among them. The state is not.
    pub(super) fn is_version(&self) -> bool {
        self.name.is_some()
            || self.description.is_some()
            || self.configuration.is_some()
            || self.is_disabled.is_some()
            || self.change_description.is_some()
    }

    /// `content` with what was sent in its place. A configuration is replaced whole.
    pub(super) fn applied_to(&self, content: &Content) -> Content {
        let configuration = self.configuration.as_ref();
        Content {
            name: self.name.as_ref().unwrap_or(&content.name).clone(),
            description: self
                .description
                .as_ref()
                .unwrap_or(&content.description)
                .clone(),
            configuration: configuration.unwrap_or(&content.configuration).clone(),
            is_disabled: self.is_disabled.unwrap_or(content.is_disabled),
            is_deleted: false,
        }
    }
}

/// A field that holds an object; PHP's empty list counts as an empty one.
fn object(parameters: &Parameters, name: &str) -> Result<Option<Value>, StorageError> {
    let refuse =
        |text: String| StorageError::invalid("validation.invalidConfigurationFormat", text);
    let value = match parameters.get(name) {
        None => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| refuse(format!("\"{name}\" is not valid JSON: {error}")))?,
        Some(value) => value.clone(),
    };
    match &value {
        Value::Object(_) => {}
        Value::Array(items) if items.is_empty() => {}
        _ => return Err(refuse(format!("\"{name}\" must be a JSON object."))),
    }
    let length = value.to_string().len();
    if length > LARGEST {
        let text = format!("\"{name}\" has {length} bytes; at most {LARGEST} are allowed.");
        return Err(StorageError::invalid("storage.components.validation", text));
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_and_its_json_say_the_same_and_leave_the_rest() {
        let before = Content {
            name: "n".to_owned(),
            description: "d".to_owned(),
            configuration: json!({"a": {"b": 1}}),
            is_disabled: true,
            is_deleted: false,
        };
        let form = Parameters::from_query("configuration=%7B%22a%22:%7B%22c%22:1.0%7D%7D&name=x");
        let fields = Fields::read(&form).unwrap();
        let after = fields.applied_to(&before);
        assert_eq!(after.configuration.to_string(), r#"{"a":{"c":1.0}}"#);
        assert_eq!(
            (&*after.name, &*after.description, after.is_disabled),
            ("x", "d", true)
        );
        assert!(fields.is_version());
        let state = Fields::read(&Parameters::from_query("state=%7B%7D")).unwrap();
        assert!(!state.is_version());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for query in [
            "configuration=%7Bsdf%7D",
            "configuration=5",
            "state=[1]",
            "rowsSortOrder[]=1",
            "isDisabled=maybe",
        ] {
            assert!(
                Fields::read(&Parameters::from_query(query)).is_err(),
                "{query}"
            );
        }
    }
}
