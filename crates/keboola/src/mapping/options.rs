//! Reading a mapping's options as the job runner's own schema does: known names, known kinds.

use serde_json::{Map, Value};

use super::error::MappingError;
use crate::wire;

/// The options of one mapping, and where they stand.
pub(super) struct Options<'a> {
    place: String,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Options<'a> {
    /// The runner refuses an option that it does not know, and so do we: what it would do is not
    /// known either.
    pub(super) fn read(
        value: &'a Value,
        place: String,
        known: &[&str],
    ) -> Result<Self, MappingError> {
        let options = Self::read_any(value, place)?;
        let mut names = options.map.into_iter().flat_map(Map::keys);
        match names.find(|name| !known.contains(&name.as_str())) {
            None => Ok(options),
            Some(option) => Err(MappingError::UnknownOption {
                place: options.place,
                option: option.clone(),
            }),
        }
    }

    /// For the sections around the mappings.
    pub(super) fn read_any(value: &'a Value, place: String) -> Result<Self, MappingError> {
        let Value::Object(map) = value else {
            return Err(MappingError::Kind {
                place,
                expected: "an object",
            });
        };
        Ok(Self {
            place,
            map: Some(map),
        })
    }

    pub(super) fn empty(place: &str) -> Self {
        Self {
            place: place.to_owned(),
            map: None,
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The value of an option; null is the same as absence.
    pub(super) fn value(&self, option: &str) -> Option<&'a Value> {
        self.map?.get(option).filter(|value| !value.is_null())
    }

    pub(super) fn kind(&self, option: &str, expected: &'static str) -> MappingError {
        MappingError::Kind {
            place: format!("{}.{option}", self.place),
            expected,
        }
    }

    /// A text; an empty one is the same as absence.
    pub(super) fn text(&self, option: &str) -> Result<Option<String>, MappingError> {
        let Some(value) = self.value(option) else {
            return Ok(None);
        };
        let text = scalar(value).ok_or_else(|| self.kind(option, "a text"))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, option: &str) -> Result<Option<u64>, MappingError> {
        self.value(option)
            .map(|value| {
                wire::whole(value).ok_or_else(|| self.kind(option, "a whole number, not negative"))
            })
            .transpose()
    }

    pub(super) fn flag(&self, option: &str) -> Result<Option<bool>, MappingError> {
        self.value(option)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| self.kind(option, "true or false"))
            })
            .transpose()
    }

    /// A list; a missing one is empty, and `{}` is what some backends make of an empty list.
    pub(super) fn list(&self, option: &str) -> Result<&'a [Value], MappingError> {
        match self.value(option) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(Value::Object(map)) if map.is_empty() => Ok(&[]),
            Some(_) => Err(self.kind(option, "a list")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, option: &str) -> Result<Vec<String>, MappingError> {
        self.list(option)?
            .iter()
            .map(|value| scalar(value).ok_or_else(|| self.kind(option, "a list of texts")))
            .collect()
    }
}

/// A scalar as the runner's language writes it as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) => Some(String::new()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
