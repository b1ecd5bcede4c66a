//! A value of a configuration as a person sees it: secrets stand as dots.

use serde_json::Value;

/// How many characters of a ciphertext are shown, so that two can be told apart.
const TAIL: usize = 4;

/// A value (raw JSON) that is called `name`: a text as it is, a list of texts as lines, all else
/// as JSON with two blanks of indentation. What stands under a `#` key is not shown.
#[must_use]
pub fn shown_value(name: &str, raw: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(raw) else {
        return "not valid JSON".to_owned();
    };
    hide(name, &mut value);
    let lines = |list: &[Value]| {
        let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        texts
            .filter(|texts| !texts.is_empty())
            .map(|it| it.join("\n"))
    };
    match &value {
        Value::String(text) => text.clone(),
        Value::Array(list) => lines(list).unwrap_or_else(|| pretty(&value)),
        _ => pretty(&value),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn hide(key: &str, value: &mut Value) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, inner)| hide(key, inner)),
        Value::Array(list) => list.iter_mut().for_each(|inner| hide("", inner)),
        scalar if key.starts_with('#') => {
            if let Some(words) = hidden(scalar) {
                *scalar = Value::String(words);
            }
        }
        _ => {}
    }
}

/// `None` for what is no secret: nothing, and the name of a variable.
fn hidden(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.as_str(),
        _ => return Some("••••".to_owned()),
    };
    let variable = text.trim().starts_with("{{") && text.trim().ends_with("}}");
    if text.is_empty() || variable {
        return None;
    }
    if text.starts_with("KBC::") {
        let length = text.chars().count();
        let tail: String = text.chars().skip(length.saturating_sub(TAIL)).collect();
        return Some(format!("encrypted, …{tail}"));
    }
    Some("••••".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_people_read_them() {
        for (name, raw, shown) in [
            ("code", r#""print(1)\nx""#, "print(1)\nx"),
            ("packages", r#"["pandas==2.3","b"]"#, "pandas==2.3\nb"),
            ("packages", "[]", "[]"),
            ("debug", "false", "false"),
            ("ratio", "1.0", "1.0"),
            ("big", "12345678901234567890", "12345678901234567890"),
            ("mixed", r#"["a",1]"#, "[\n  \"a\",\n  1\n]"),
            ("x", "{", "not valid JSON"),
        ] {
            assert_eq!(shown_value(name, raw), shown, "{raw}");
        }
    }

    #[test]
    fn no_secret_is_shown_at_any_depth() {
        for (name, raw) in [
            ("#key", r#""hunter2""#),
            ("#key", "45123"),
            ("db", r##"{"#password":"hunter2","host":"h"}"##),
            ("list", r##"[{"a":{"#b":"hunter2"}},{"#b":45123}]"##),
            ("#outer", r##"{"#inner":"hunter2"}"##),
        ] {
            let shown = shown_value(name, raw);
            assert!(
                !shown.contains("hunter2") && !shown.contains("45123"),
                "{shown}"
            );
            assert!(shown.contains("••••"), "{shown}");
        }
    }

    #[test]
    fn ciphertexts_are_told_apart_by_their_ends() {
        let raw = r#""KBC::ProjectSecure::eJwBYGCfAbCd""#;
        assert_eq!(shown_value("#key", raw), "encrypted, …AbCd");
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        assert_eq!(shown_value("#key", r#""""#), "");
        assert_eq!(
            shown_value("#key", r#""{{ vault.key }}""#),
            "{{ vault.key }}"
        );
        // The service encrypts only scalars: what stands inside in clear is no secret.
        assert_eq!(
            shown_value("#outer", r#"{"a":"b"}"#),
            "{\n  \"a\": \"b\"\n}"
        );
    }
}
