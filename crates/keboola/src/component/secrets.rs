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
    collect(value, None, &mut paths);
    paths
}

/// Puts the entered values where the ciphertext stands; `None` is an empty text. Returns the paths
/// of the encrypted values that `entered` says nothing of: they stay as they are.
#[must_use = "what was not entered is still ciphertext"]
pub fn fill_secrets(value: &mut Value, entered: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let mut open = Vec::new();
    fill(value, None, entered, &mut open);
    open
}

fn collect(value: &Value, path: Option<&str>, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = below(path, key);
                if is_encrypted(key, inner) {
                    paths.push(path);
                } else {
                    collect(inner, Some(&path), paths);
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                collect(inner, Some(&below(path, &index.to_string())), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fill(
    value: &mut Value,
    path: Option<&str>,
    entered: &BTreeMap<String, Option<String>>,
    open: &mut Vec<String>,
) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = below(path, key);
                if !is_encrypted(key, inner) {
                    fill(inner, Some(&path), entered, open);
                } else if let Some(secret) = entered.get(&path) {
                    *inner = Value::String(secret.clone().unwrap_or_default());
                } else {
                    open.push(path);
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter_mut().enumerate() {
                fill(inner, Some(&below(path, &index.to_string())), entered, open);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The secrets that stand there in clear: texts under `#` keys that are no ciphertext and not empty.
#[must_use]
pub fn plain_secrets(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_plain(value, &mut found);
    found
}

fn collect_plain(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(text) if key.starts_with('#') => {
                        if !text.is_empty() && !is_ciphertext(text) {
                            found.push(text.clone());
                        }
                    }
                    inner => collect_plain(inner, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| collect_plain(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The secrets that stand in clear in `typed` and as ciphertext at the same place in `saved`, by path.
#[must_use]
pub fn newly_encrypted(typed: &Value, saved: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect_newly(typed, saved, None, &mut found);
    found
}

fn collect_newly(
    typed: &Value,
    saved: &Value,
    path: Option<&str>,
    found: &mut Vec<(String, String)>,
) {
    let mut inner = |key: &str, typed: &Value, saved: &Value| {
        let path = below(path, key);
        match typed {
            Value::String(text) if is_encrypted(key, saved) => {
                if !text.is_empty() && !is_ciphertext(text) {
                    found.push((path, text.clone()));
                }
            }
            _ => collect_newly(typed, saved, Some(&path), found),
        }
    };
    match (typed, saved) {
        (Value::Object(typed), Value::Object(saved)) => {
            for (key, value) in typed {
                if let Some(saved) = saved.get(key) {
                    inner(key, value, saved);
                }
            }
        }
        (Value::Array(typed), Value::Array(saved)) => {
            for (index, (value, saved)) in typed.iter().zip(saved).enumerate() {
                inner(&index.to_string(), value, saved);
            }
        }
        _ => {}
    }
}

/// The path of what stands at `key`. The root has none, which is not the path of an empty key.
fn below(path: Option<&str>, key: &str) -> String {
    let key = key.replace('\\', "\\\\").replace('.', "\\.");
    path.map_or_else(|| key.clone(), |path| format!("{path}.{key}"))
}

/// A text under a `#` key that is ciphertext.
fn is_encrypted(key: &str, value: &Value) -> bool {
    match value {
        Value::String(text) if key.starts_with('#') => is_ciphertext(text),
        _ => false,
    }
}

/// Whether a text is ciphertext of Keboola, of today's kinds or of the old ones.
#[must_use]
pub fn is_ciphertext(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const CIPHER: &str = "KBC::ProjectSecure::eJwBYGCf";

    #[test]
    fn secrets_in_clear_are_found_wherever_they_stand() {
        let value = json!({
            "#a": "one",
            "b": {"#c": "two", "d": [{"#e": "three"}, ["#f"]]},
            "#g": CIPHER,
            "#h": "",
            "#i": {"j": "shown", "#k": "four"},
            "#l": 5,
        });
        assert_eq!(plain_secrets(&value), ["one", "two", "three", "four"]);
    }

    #[test]
    fn what_counts_as_encrypted() {
        for (key, value, encrypted) in [
            ("#a", json!(CIPHER), true),
            ("#a", json!("KBC::ComponentSecure::x"), true),
            ("#a", json!("KBC::ConfigSecure::x"), true),
            ("#a", json!("KBC::ProjectSecureKV::x"), true),
            ("#a", json!("KBC::ProjectWideBranchTypeSecureGKMS::x"), true),
            ("#a", json!("KBC::Encrypted==x"), true),
            ("#a", json!("KBC::ComponentProjectEncrypted==x"), true),
            ("a", json!(CIPHER), false),
            ("#a", json!("plain"), false),
            ("#a", json!(""), false),
            ("#a", json!("KBC::"), false),
            ("#a", json!("KBC::Secure::x"), false),
            ("#a", json!("KBC::ProjectSecure::"), false),
            ("#a", json!("see KBC::ProjectSecure::x"), false),
            ("#a", json!({"b": CIPHER}), false),
            ("#a", json!(5), false),
        ] {
            assert_eq!(is_encrypted(key, &value), encrypted, "{key}: {value}");
        }
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let mut properties = json!({
            "db": {"#password": CIPHER, "host": "h"},
            "list": [{"#token": CIPHER}, [CIPHER, {"#deep": CIPHER}]],
            "#group": {"#inner": CIPHER, "plain": CIPHER},
            "dotted.key": {"#a\\b": CIPHER},
            "": {"#": CIPHER},
            "#plain": "typed by hand",
        });
        let paths = [
            "db.#password",
            "list.0.#token",
            "list.1.1.#deep",
            "#group.#inner",
            r"dotted\.key.#a\\b",
            ".#",
        ];
        assert_eq!(encrypted_paths(&properties), paths);

        let entered = BTreeMap::from([
            ("db.#password".to_owned(), Some("s3cret".to_owned())),
            ("list.1.1.#deep".to_owned(), None),
            ("#plain".to_owned(), Some("not asked for".to_owned())),
        ]);
        let open = fill_secrets(&mut properties, &entered);
        assert_eq!(
            open,
            ["list.0.#token", "#group.#inner", r"dotted\.key.#a\\b", ".#"]
        );
        assert_eq!(
            properties,
            json!({
                "db": {"#password": "s3cret", "host": "h"},
                "list": [{"#token": CIPHER}, [CIPHER, {"#deep": ""}]],
                "#group": {"#inner": CIPHER, "plain": CIPHER},
                "dotted.key": {"#a\\b": CIPHER},
                "": {"#": CIPHER},
                "#plain": "typed by hand",
            })
        );
    }

    fn tree() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(json!(CIPHER)),
            Just(json!("KBC::ComponentSecureKV::y")),
            Just(json!("plain")),
            Just(json!(1.5)),
            Just(Value::Null),
        ];
        scalar.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec(("#?[ab0.\\\\]{0,3}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// No two values share a path; each entered value arrives at its own; nothing else changes.
        #[test]
        fn every_secret_has_one_path_and_gets_its_own_value(tree in tree()) {
            let paths = encrypted_paths(&tree);
            let distinct: std::collections::BTreeSet<_> = paths.iter().collect();
            prop_assert_eq!(distinct.len(), paths.len());

            let mut same = tree.clone();
            prop_assert_eq!(fill_secrets(&mut same, &BTreeMap::new()), paths.clone());
            prop_assert_eq!(&same, &tree);

            for path in &paths {
                let mut one = tree.clone();
                let entered = BTreeMap::from([(path.clone(), Some(format!("value of {path}")))]);
                let open = fill_secrets(&mut one, &entered);
                prop_assert_eq!(open.len(), paths.len() - 1);
                let texts = one.to_string();
                let marked = serde_json::to_string(&format!("value of {path}")).unwrap();
                prop_assert_eq!(texts.matches(&marked).count(), 1);
            }

            let mut filled = tree.clone();
            let all = paths.iter().map(|path| (path.clone(), Some(CIPHER.to_owned()))).collect();
            prop_assert!(fill_secrets(&mut filled, &all).is_empty());
            prop_assert_eq!(
                filled.to_string(),
                tree_with_one_cipher(tree).to_string()
            );
        }
    }

    /// The tree with every encrypted value replaced by the same ciphertext.
    fn tree_with_one_cipher(value: Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(
                map.into_iter()
                    .map(|(key, inner)| {
                        if is_encrypted(&key, &inner) {
                            (key, json!(CIPHER))
                        } else {
                            (key, tree_with_one_cipher(inner))
                        }
                    })
                    .collect(),
            ),
            Value::Array(list) => {
                Value::Array(list.into_iter().map(tree_with_one_cipher).collect())
            }
            other => other,
        }
    }

    #[test]
    fn what_was_typed_in_clear_is_known_by_the_paths_of_its_ciphertext() {
        let typed = json!({
            "#a": "one", "b": {"#c.d": "two", "#old": CIPHER}, "list": [{"#e": "three"}],
            "#empty": "", "#gone": "x", "plain": "y", "#clear": "z", "#variable": "{{ v }}",
        });
        let saved = json!({
            "#a": CIPHER, "b": {"#c.d": CIPHER, "#old": CIPHER}, "list": [{"#e": CIPHER}],
            "#empty": "", "plain": "y", "#clear": "z", "#variable": "{{ v }}",
        });
        let pair = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        assert_eq!(
            newly_encrypted(&typed, &saved),
            [
                pair("#a", "one"),
                pair(r"b.#c\.d", "two"),
                pair("list.0.#e", "three"),
            ]
        );
        let paths: Vec<String> = newly_encrypted(&typed, &saved)
            .into_iter()
            .map(|it| it.0)
            .collect();
        let all = encrypted_paths(&saved);
        assert!(paths.iter().all(|path| all.contains(path)), "{all:?}");
        assert_eq!(newly_encrypted(&json!([1]), &json!({"#a": CIPHER})), []);
    }
}
