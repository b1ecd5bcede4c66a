//! What differs between two versions of a configuration, by the names that people know.

use crate::document::{Document, same_content};
use crate::fields::{Field, fields};

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A [`Field`]'s name, `parameters.{key}` of another parameter, or a key of the configuration.
    pub name: String,
    /// As it was, as a JSON text; `None` where there was none.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

/// All that differs in content.
#[must_use]
pub fn difference(before: &Document, after: &Document) -> Vec<Difference> {
    let (before, after) = (values(before), values(after));
    let mut found = Vec::new();
    for (name, value) in &before {
        let now = after.iter().find(|(it, _)| it == name);
        let now = now.map(|(_, value)| value.clone());
        if now.as_deref().is_none_or(|now| !same_content(value, now)) {
            found.push(Difference {
                name: name.clone(),
                before: Some(value.clone()),
                after: now,
            });
        }
    }
    for (name, value) in after {
        if !before.iter().any(|(it, _)| *it == name) {
            found.push(Difference {
                name,
                before: None,
                after: Some(value),
            });
        }
    }
    found.retain(|it| !(is_nothing(it.before.as_deref()) && is_nothing(it.after.as_deref())));
    found
}

/// Nothing there, and nothing in it, are the same to PHP.
fn is_nothing(value: Option<&str>) -> bool {
    value.is_none_or(|value| same_content(value, "{}"))
}

/// Every value by its name.
fn values(document: &Document) -> Vec<(String, String)> {
    let fields = fields(document);
    let mut all: Vec<(String, String)> = fields
        .into_iter()
        .map(|(field, value)| (field.name(), value))
        .collect();
    let is_field = |key: &str| key == "user_properties" || Field::of_name(key).is_some();
    let others = document.members(&["parameters"]);
    all.extend(
        others
            .into_iter()
            .filter(|(key, _)| !is_field(key))
            .map(|(key, value)| (format!("parameters.{key}"), value.to_owned())),
    );
    let top = document.members(&[]);
    all.extend(
        top.into_iter()
            .filter(|(key, _)| key != "parameters")
            .map(|(key, value)| (key, value.to_owned())),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_differs_is_named() {
        let document = |text: &str| Document::parse(text).unwrap();
        let before = document(
            r##"{"parameters":{"code":"a","venv":"base","user_properties":{"x":1,"y":[],"#s":"q"},
                "source":"code"},"storage":{"input":{}},"runtime":[]}"##,
        );
        let after = document(
            r##"{"processors":{"after":[1]},"parameters":{"user_properties":{"#s":"q","x":1.0,"z":2},
                "code":"b","venv":"base","source":"git"},"storage":{"input":[]}}"##,
        );
        let found: Vec<_> = difference(&before, &after)
            .into_iter()
            .map(|it| (it.name, it.before, it.after))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("code".to_owned(), some(r#""a""#), some(r#""b""#)),
                (
                    "parameters.source".to_owned(),
                    some(r#""code""#),
                    some(r#""git""#)
                ),
                ("user_properties.z".to_owned(), None, some("2")),
                ("processors".to_owned(), None, some(r#"{"after":[1]}"#)),
            ]
        );
        assert!(difference(&before, &before).is_empty());
    }
}
