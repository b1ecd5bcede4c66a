//! The user parameters that this extension writes: `docs/user-properties.schema.json` describes them.

use serde_json::{Map, Value, json};

use crate::fields::{Edit, Field};

/// The e2b API key, encrypted.
pub const API_KEY: &str = "#e2b_api_key";
/// The template of sandboxes, by name or id.
pub const TEMPLATE: &str = "e2b_template";
/// The life of a sandbox in seconds.
pub const TIMEOUT: &str = "e2b_timeout";
/// The files that runs get besides those of the mapping.
pub const FILES: &str = "e2b_uploaded_files";

/// A file of [`FILES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its id in Storage.
    pub id: u64,
    /// Its name in Storage.
    pub name: String,
    /// Where runs find it, absolute.
    pub path: String,
    /// When it came to Storage, as Storage writes times.
    pub uploaded_at: Option<String>,
}

/// The template.
#[must_use]
pub fn template(name: &str) -> Edit {
    edit(TEMPLATE, &Value::from(name))
}

/// The life of a sandbox.
#[must_use]
pub fn timeout(seconds: u32) -> Edit {
    edit(TIMEOUT, &Value::from(seconds))
}

/// The key, in clear: it is encrypted as every `#` value before it is written.
#[must_use]
pub fn api_key(key: &str) -> Edit {
    edit(API_KEY, &Value::from(key))
}

/// The files: those of `theirs` (a JSON text) that others listed stay, ours are added or brought up to
/// date, and those of `known` that are not ours any more are taken off.
#[must_use]
pub fn files(theirs: Option<&str>, ours: &[UploadedFile], known: &[u64]) -> Edit {
    let listed: Vec<Value> = theirs
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let id = |entry: &Value| entry.get("id").and_then(crate::wire::whole);
    let is_ours = |it: u64| ours.iter().any(|own| own.id == it);
    let mut all: Vec<Value> = listed
        .iter()
        .filter(|entry| id(entry).is_none_or(|it| is_ours(it) || !known.contains(&it)))
        .cloned()
        .collect();
    for own in ours {
        let new = entry(own);
        match all.iter_mut().find(|it| id(it) == Some(own.id)) {
            Some(old) => *old = new,
            None => all.push(new),
        }
    }
    let nothing = all.is_empty() && theirs.is_none();
    let value = (!nothing).then(|| Value::Array(all).to_string());
    (Field::Parameter(FILES.to_owned()), value)
}

fn entry(file: &UploadedFile) -> Value {
    let mut entry = Map::new();
    entry.insert("id".to_owned(), json!(file.id));
    entry.insert("name".to_owned(), json!(file.name));
    entry.insert("path".to_owned(), json!(file.path));
    if let Some(at) = &file.uploaded_at {
        entry.insert("uploaded_at".to_owned(), json!(at));
    }
    Value::Object(entry)
}

fn edit(key: &str, value: &Value) -> Edit {
    (Field::Parameter(key.to_owned()), Some(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: u64) -> UploadedFile {
        UploadedFile {
            id,
            name: format!("{id}.csv"),
            path: format!("/data/in/files/{id}_{id}.csv"),
            uploaded_at: Some("2026-03-15T03:09:26+0100".to_owned()),
        }
    }

    fn ids(edit: &Edit) -> Option<Vec<u64>> {
        let list: Vec<Value> = serde_json::from_str(edit.1.as_deref()?).unwrap();
        Some(list.iter().map(|it| it["id"].as_u64().unwrap()).collect())
    }

    #[test]
    fn files_of_others_stay_and_those_taken_off_here_go() {
        let theirs = r#"[{"id":1,"name":"theirs"},{"id":2},{"id":"3","x":1}]"#;
        for (theirs, ours, known, after) in [
            (None, vec![], vec![], None),
            (None, vec![7], vec![], Some(vec![7])),
            (Some("[]"), vec![], vec![], Some(vec![])),
            (Some(theirs), vec![7, 3], vec![], Some(vec![1, 2, 3, 7])),
            (Some(theirs), vec![], vec![2], None),
            (Some(theirs), vec![2], vec![2], None),
        ] {
            let ours: Vec<_> = ours.into_iter().map(file).collect();
            let made = files(theirs, &ours, &known);
            match after {
                Some(after) => assert_eq!(ids(&made), Some(after)),
                None if theirs.is_none() => assert_eq!(made.1, None),
                None => {
                    let text = made.1.unwrap();
                    assert!(text.contains(r#"{"id":"3","x":1}"#), "{text}");
                    assert_eq!(text.contains(r#""id":2"#), !ours.is_empty(), "{text}");
                }
            }
        }
        // What is no list is not what is described; the review shows that it is replaced.
        assert_eq!(ids(&files(Some("5"), &[file(1)], &[])), Some(vec![1]));
    }

    #[test]
    fn what_is_written_is_what_the_schema_says() {
        let schema = include_str!("../../../docs/user-properties.schema.json");
        let schema: Value = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let written = [
            template("code-interpreter-v1"),
            timeout(300),
            api_key("KBC::ConfigSecure::x"),
            files(None, &[file(7)], &[]),
        ];
        let values = written.into_iter().map(|(field, value)| {
            let Field::Parameter(key) = field else {
                panic!("{field:?}");
            };
            (key, serde_json::from_str(&value.unwrap()).unwrap())
        });
        let mut all = Value::Object(values.collect());
        assert!(validator.is_valid(&all), "{all}");
        let described = schema["properties"].as_object().unwrap();
        let keys: Vec<_> = all.as_object().unwrap().keys().collect();
        assert!(keys.iter().all(|key| described.contains_key(*key)));
        assert_eq!(described.len(), keys.len());
        all["whatever"] = json!({"the": "script needs"});
        assert!(validator.is_valid(&all));
        for (key, wrong) in [
            (API_KEY, json!("e2b_0123")),
            (TEMPLATE, json!("")),
            (TIMEOUT, json!("300")),
            (TIMEOUT, json!(5)),
            (FILES, json!([{"name": "x"}])),
        ] {
            let mut one = all.clone();
            one[key] = wrong;
            assert!(!validator.is_valid(&one), "{one}");
        }
    }
}
