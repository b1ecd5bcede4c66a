//! The secrets of a body: scalars whose own key begins with `#`, at any depth.

use serde_json::{Map, Value};

/// `value` with `change` done to key and text of every scalar under a `#` key, cast to a text as PHP does; all else
/// stays. An object under a `#` key is walked through as any other: only its own `#` keys count.
pub(crate) fn with_secrets<E>(
    value: Value,
    change: &mut impl FnMut(&str, &str) -> Result<String, E>,
) -> Result<Value, E> {
    Ok(match value {
        Value::Object(fields) => {
            let mut made = Map::new();
            for (key, value) in fields {
                let value = match cast(&value) {
                    Some(text) if key.starts_with('#') => Value::String(change(&key, &text)?),
                    _ => with_secrets(value, change)?,
                };
                made.insert(key, value);
            }
            Value::Object(made)
        }
        Value::Array(items) => {
            let items = items.into_iter();
            let made: Result<Vec<Value>, E> =
                items.map(|item| with_secrets(item, change)).collect();
            Value::Array(made?)
        }
        scalar => scalar,
    })
}

/// PHP's `(string)` of a scalar.
fn cast(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) | Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_scalars_under_keys_with_a_hash_change() {
        let body = json!({
            "#a": "x", "b": "y", "#n": 5, "#t": true, "#nothing": null,
            "list": [{"#c": "z"}, "#d"], "#o": {"in": "clear", "#e": "w"}, "#l": ["in clear"],
        });
        let mut seen = Vec::new();
        let after = with_secrets(body, &mut |key, text| {
            assert!(key.starts_with('#'));
            seen.push(text.to_owned());
            Ok::<_, ()>(format!("<{text}>"))
        });
        let wanted = json!({
            "#a": "<x>", "b": "y", "#n": "<5>", "#t": "<1>", "#nothing": "<>",
            "list": [{"#c": "<z>"}, "#d"], "#o": {"in": "clear", "#e": "<w>"}, "#l": ["in clear"],
        });
        assert_eq!(after, Ok(wanted));
        assert_eq!(seen, ["x", "5", "1", "", "z", "w"]);
    }
}
