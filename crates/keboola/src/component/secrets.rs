//! Encrypted values inside user parameters: where they are, and putting the entered ones in
//! (reference §5).
//!
//! A path names each: keys joined by dots, places in lists as numbers. A dot or a backslash that
//! is part of a key has a backslash before it, so that no two values share a path.

use std::collections::BTreeMap;

use serde_json::Value;

/// The paths of all encrypted values, in the order in which they stand.
#[must_use]
pub fn encrypted_paths(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect(value, "", &mut paths);
    paths
}

/// Puts the entered values where the ciphertext stands; `None` is an empty text. Returns the paths
/// of the encrypted values that `entered` says nothing of: they stay as they are.
#[must_use = "what was not entered is still ciphertext"]
pub fn fill_secrets(value: &mut Value, entered: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let mut open = Vec::new();
    fill(value, "", entered, &mut open);
    open
}

fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = below(path, key);
                if is_encrypted(key, inner) {
                    paths.push(path);
                } else {
                    collect(inner, &path, paths);
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                collect(inner, &below(path, &index.to_string()), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fill(
    value: &mut Value,
    path: &str,
    entered: &BTreeMap<String, Option<String>>,
    open: &mut Vec<String>,
) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = below(path, key);
                if !is_encrypted(key, inner) {
                    fill(inner, &path, entered, open);
                } else if let Some(secret) = entered.get(&path) {
                    *inner = Value::String(secret.clone().unwrap_or_default());
                } else {
                    open.push(path);
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter_mut().enumerate() {
                fill(inner, &below(path, &index.to_string()), entered, open);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn below(path: &str, key: &str) -> String {
    let key = key.replace('\\', "\\\\").replace('.', "\\.");
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// A text under a `#` key that is ciphertext, of today's kinds or of the old ones.
fn is_encrypted(key: &str, value: &Value) -> bool {
    let text = match value {
        Value::String(text) if key.starts_with('#') => text.as_str(),
        _ => return false,
    };
    let Some(rest) = text.strip_prefix("KBC::") else {
        return false;
    };
    let legacy = [
        "Encrypted==",
        "ComponentEncrypted==",
        "ComponentProjectEncrypted==",
    ];
    if legacy.iter().any(|prefix| rest.starts_with(prefix)) {
        return true;
    }
    // ^KBC::.+Secure.*::.+$
    rest.split_once("::").is_some_and(|(kind, cipher)| {
        let named = kind.find("Secure").is_some_and(|at| at > 0);
        named && !cipher.is_empty()
    })
}
