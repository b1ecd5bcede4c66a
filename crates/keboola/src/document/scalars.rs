//! Replacing single scalars in a text, wherever they stand.

use serde_json::value::RawValue;

use super::object::Object;
use super::splice::{range_in, replaced};

/// What is done to a scalar: told its path, the key at which it stands and its text, it gives the text
/// that comes in its place, if any.
pub(crate) type Replace<'r> = dyn FnMut(&str, &str, &str) -> Option<String> + 'r;

/// A JSON text called `key` with some scalars replaced; all other bytes stay. A path is keys and
/// places in lists, joined by dots, a dot or backslash of a key with a backslash before it.
pub(crate) fn replace_scalars(text: &str, key: &str, replace: &mut Replace<'_>) -> String {
    walk(text, &escaped(key), key, replace)
}

fn walk(text: &str, path: &str, key: &str, replace: &mut Replace<'_>) -> String {
    let children: Vec<(String, String, &str)> = match text.as_bytes().first() {
        Some(b'{') => Object::parse(text)
            .map(Object::into_members)
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (format!("{path}.{}", escaped(&key)), key, value))
            .collect(),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(place, value)| (format!("{path}.{place}"), String::new(), value.get()))
            .collect(),
        _ => return replace(path, key, text).unwrap_or_else(|| text.to_owned()),
    };
    let made: Vec<String> = children
        .iter()
        .map(|(path, key, value)| walk(value, path, key, replace))
        .collect();
    let mut changed = text.to_owned();
    // From the end, so that places before stay where they were.
    for ((_, _, value), new) in children.iter().zip(made).rev() {
        if new != *value {
            changed = replaced(&changed, range_in(text, value), &new);
        }
    }
    changed
}

fn escaped(key: &str) -> String {
    key.replace('\\', "\\\\").replace('.', "\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_told_by_their_paths_and_replaced_alone() {
        let text = "{ \"#a\":\"x\" , \"n\":1e5, \"l\":[{\"#b.c\" : 5},\"y\"], \"o\":{} }";
        let mut seen = Vec::new();
        let after = replace_scalars(text, "p", &mut |path, key, value| {
            seen.push(format!("{path} {key} {value}"));
            key.starts_with('#').then(|| "\"KBC\"".to_owned())
        });
        assert_eq!(
            after,
            "{ \"#a\":\"KBC\" , \"n\":1e5, \"l\":[{\"#b.c\" : \"KBC\"},\"y\"], \"o\":{} }"
        );
        assert_eq!(
            seen,
            [
                "p.#a #a \"x\"",
                "p.n n 1e5",
                "p.l.0.#b\\.c #b.c 5",
                "p.l.1  \"y\"",
            ]
        );
        assert_eq!(
            replace_scalars("5", "#k", &mut |_, _, _| Some("6".into())),
            "6"
        );
    }
}
