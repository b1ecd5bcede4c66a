//! The text of a configuration, changed without touching what is not meant (reference §4).
//!
//! Storage replaces a configuration whole, so whoever writes one field writes all of them. Read into
//! values and written again, `1e5` would become `100000.0` and `\u00e9` another spelling; here the text
//! that Storage gave stays, and only the bytes of a changed value are cut out and replaced.

mod object;
mod same;
mod scalars;
mod splice;

use serde_json::value::RawValue;
use thiserror::Error;

pub use same::same_content;
pub(crate) use scalars::replace_scalars;

use object::Object;

/// The JSON text of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(String);

/// Why a text cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// It is no JSON object.
    #[error("the configuration is not a JSON object")]
    NotAnObject,
    /// Something on the way to the value is no object.
    #[error("\"{0}\" of the configuration is not an object")]
    NoObject(String),
    /// An object has a key twice: which one counts is not for us to say.
    #[error("the configuration has \"{0}\" twice")]
    Twice(String),
    /// What should be written is no JSON.
    #[error("the new value of \"{0}\" is not JSON")]
    NotJson(String),
}

impl Document {
    /// Takes the text of an object as it is; PHP's empty list counts as an empty object.
    ///
    /// # Errors
    /// [`DocumentError::NotAnObject`].
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| DocumentError::NotAnObject)?;
        let text = raw.get();
        match Object::parse(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(DocumentError::NotAnObject),
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text of the value at a path of keys, when there is one. Of a key that stands twice the
    /// last counts, as everywhere in the field.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&str> {
        let mut text = self.0.as_str();
        for key in path {
            text = Object::parse(text)?.last(key)?;
        }
        Some(text)
    }

    /// The keys of the object at a path, in order, with the texts of their values; none where there
    /// is no object.
    #[must_use]
    pub fn members(&self, path: &[&str]) -> Vec<(String, &str)> {
        let object = self.get(path).and_then(Object::parse);
        object.map(Object::into_members).unwrap_or_default()
    }

    /// With `value`, a JSON text, at a path. A new key comes to the end of its object, and objects on
    /// the way that are missing are made.
    ///
    /// # Errors
    /// Where the path does not lead through objects, or is not the only one.
    pub fn set(&self, path: &[&str], value: &str) -> Result<Self, DocumentError> {
        let value: &RawValue =
            serde_json::from_str(value).map_err(|_| DocumentError::NotJson(path.join(".")))?;
        splice::set(&self.0, path, value.get()).map(Self)
    }

    /// Without the value at a path; one that is not there is none.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn remove(&self, path: &[&str]) -> Result<Self, DocumentError> {
        splice::remove(&self.0, path).map(Self)
    }

    /// With `{}` in place of the empty lists that PHP made of empty objects, where objects belong.
    #[must_use]
    pub fn with_objects(self, paths: &[&[&str]]) -> Self {
        let mut text = self;
        for path in paths {
            let is_list = text.get(path).is_some_and(is_empty_list);
            if is_list && let Ok(changed) = text.set(path, "{}") {
                text = changed;
            }
        }
        text
    }
}

/// Whether a JSON text is an empty list.
fn is_empty_list(text: &str) -> bool {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

#[cfg(test)]
mod tests;
