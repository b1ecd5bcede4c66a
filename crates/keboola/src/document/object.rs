//! The members of an object, as slices of its text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::is_empty_list;

/// An object of a text.
pub(super) struct Object<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// `None` for what is neither an object nor PHP's empty list.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if is_empty_list(text) {
            return Some(Self {
                members: Vec::new(),
            });
        }
        serde_json::from_str(text).ok()
    }

    /// The value of a key; of one that stands twice the last.
    pub(super) fn last(&self, key: &str) -> Option<&'a str> {
        let mut found = self.members.iter().rev().filter(|(it, _)| it == key);
        found.next().map(|(_, value)| value.get())
    }

    /// Where a key stands.
    pub(super) fn places(&self, key: &str) -> Vec<usize> {
        let found = self.members.iter().enumerate();
        found
            .filter(|(_, (it, _))| it == key)
            .map(|(place, _)| place)
            .collect()
    }

    /// The text of a value by its place.
    pub(super) fn value(&self, place: usize) -> Option<&'a str> {
        self.members.get(place).map(|(_, value)| value.get())
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// All keys and values.
    pub(super) fn into_members(self) -> Vec<(String, &'a str)> {
        let members = self.members.into_iter();
        members
            .map(|(key, value)| (key.into_owned(), value.get()))
            .collect()
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    members.push((Cow::Owned(key), map.next_value()?));
                }
                Ok(Object { members })
            }
        }
        deserializer.deserialize_map(Members)
    }
}
