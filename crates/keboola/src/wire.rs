//! Readers for what Keboola's backend writes in more than one way.
//!
//! Ids are numbers here and texts there; an empty object comes back as `[]` (reference §0.10).
//! All of them go through [`Value`]: with `arbitrary_precision` an untagged enum does not see a
//! number as a number.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A text from a text or a number.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    optional_text(from)?.ok_or_else(|| D::Error::custom("neither a text nor a number"))
}

/// A text from a text or a number; `None` from null and anything else.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// A whole number from a number or its digits.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    optional_number(from)?.ok_or_else(|| D::Error::custom("not a whole number"))
}

/// A whole number from a number or its digits; `None` from anything else.
pub(crate) fn optional_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(whole(&Value::deserialize(from)?))
}

/// A whole number in either spelling.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An object; `[]` and null are an empty one.
pub(crate) fn object<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    match Value::deserialize(from)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        Value::Array(list) if list.is_empty() => Ok(Map::new()),
        _ => Err(D::Error::custom("not an object")),
    }
}

/// A value that may be null, missing, or of another kind; then it is the default.
pub(crate) fn lenient<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}

/// Milliseconds since 1970 of an ISO time; `None` of anything else and of what was before.
pub(crate) fn unix_ms(text: &str) -> Option<u64> {
    let instant: jiff::Timestamp = text.trim().parse().ok()?;
    u64::try_from(instant.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_in_which_providers_write_an_instant() {
        for text in [
            "2026-03-15T03:09:26+00:00",
            "2026-03-15T03:09:26Z",
            "2026-03-15T04:09:26+0100",
            "2026-03-15T03:09:26.000Z",
        ] {
            assert_eq!(unix_ms(text), Some(1_773_544_166_000), "{text}");
        }
        assert_eq!(unix_ms("2026-03-15T03:09Z"), Some(1_773_544_140_000));
        for text in ["", "tomorrow", "2026-03-15", "1960-01-01T00:00:00Z"] {
            assert_eq!(unix_ms(text), None, "{text}");
        }
    }
}
