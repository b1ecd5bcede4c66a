//! What is written into a configuration changes our keys and not one byte of anything else, over
//! configurations of every nesting, spelling of numbers, escapes, order of keys and blanks. What the
//! text has to be is put together here from slices of the text before, by string operations alone.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "the lints know tests by their attribute, not what they share"
)]

mod generated;

use generated::{CONTAINERS, NAMES, configuration, json_value};
use keboola::fields::{Change, Field, apply};
use keboola::{Document, same_content};
use proptest::prelude::*;
use serde_json::Value;

/// The field of a name of [`NAMES`], and its path.
fn field(name: &str) -> (Field, Vec<&str>) {
    match name {
        "code" => (Field::Code, vec!["parameters", "code"]),
        "packages" => (Field::Packages, vec!["parameters", "packages"]),
        "venv" => (Field::Venv, vec!["parameters", "venv"]),
        key => (
            Field::Parameter(key.to_owned()),
            vec!["parameters", "user_properties", key],
        ),
    }
}

/// Where a slice of a text stands in it.
fn place(text: &str, slice: &str) -> usize {
    slice.as_ptr() as usize - text.as_ptr() as usize
}

/// `text` with other bytes in the place of a slice of it.
fn replaced(text: &str, slice: &str, with: &str) -> String {
    let start = place(text, slice);
    format!("{}{with}{}", &text[..start], &text[start + slice.len()..])
}

/// What PHP left of empty objects at the places where objects belong, as they are written.
fn with_objects(text: &str) -> String {
    let mut text = text.to_owned();
    for path in CONTAINERS {
        let document = Document::parse(&text).unwrap();
        let value = document.get(path).map(str::to_owned);
        if let Some(value) = value.filter(|it| it.starts_with('[')) {
            let slice = document.get(path).unwrap();
            assert!(value[1..value.len() - 1].trim().is_empty(), "{value}");
            text = replaced(document.text(), slice, "{}");
        }
    }
    text
}

/// The member at the end of an object that has members or not.
fn with_member(object: &str, key: &str, value: &str) -> String {
    let member = format!("{}:{value}", Value::from(key));
    let inside = object[1..object.len() - 1].trim_end();
    match inside.trim().is_empty() {
        true => format!("{{{member}}}"),
        false => format!("{{{inside},{member}{}", &object[1 + inside.len()..]),
    }
}

/// What setting a value has to make of a text.
fn expected(text: &str, path: &[&str], value: &str) -> String {
    let document = Document::parse(text).unwrap();
    let text = document.text();
    if let Some(old) = document.get(path) {
        return replaced(text, old, value);
    }
    let (key, parent) = path.split_last().unwrap();
    match document.get(parent) {
        Some(object) => replaced(text, object, &with_member(object, key, value)),
        None => expected(text, parent, &format!("{{{}:{value}}}", Value::from(*key))),
    }
}

/// Whether `after` is `before` without one member of one key: its key, its value, a comma if it had a
/// neighbour, and blanks between them.
fn is_without_member(before: &str, after: &str, key: &str, value: &str) -> bool {
    let Some(gone) = before.len().checked_sub(after.len()) else {
        return false;
    };
    let is_member = |text: &str| {
        let text = text.trim();
        let text = text
            .strip_prefix(',')
            .or(text.strip_suffix(','))
            .unwrap_or(text);
        let Some((name, rest)) = text
            .trim()
            .strip_suffix(value)
            .and_then(|it| it.rsplit_once(':'))
        else {
            return false;
        };
        rest.trim().is_empty()
            && serde_json::from_str::<String>(name.trim()).is_ok_and(|it| it == key)
    };
    (0..=after.len())
        .take_while(|at| before.as_bytes()[..*at] == after.as_bytes()[..*at])
        .filter(|at| before.as_bytes()[at + gone..] == after.as_bytes()[*at..])
        .filter_map(|at| before.get(at..at + gone))
        .any(is_member)
}

fn change(name: &str, after: Option<&str>) -> Change {
    Change {
        field: field(name).0,
        before: None,
        after: after.map(str::to_owned),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    #[test]
    fn only_the_changed_fields_change(
        text in configuration(),
        edits in prop::collection::vec(
            (prop::sample::select(NAMES.to_vec()), prop::option::weighted(0.8, json_value())), 1..4,
        ),
    ) {
        let document = Document::parse(&text).unwrap();
        let mut wanted = with_objects(document.text());
        let mut changes = Vec::new();
        for (name, value) in &edits {
            let path = field(name).1;
            changes.push(change(name, value.as_deref()));
            let after = apply(&document, &changes).unwrap();
            match value {
                Some(value) => {
                    wanted = expected(&wanted, &path, value.trim());
                    prop_assert_eq!(after.text(), wanted.as_str());
                }
                None => {
                    let before = Document::parse(&wanted).unwrap();
                    match before.get(&path) {
                        None => prop_assert_eq!(after.text(), wanted.as_str()),
                        Some(value) => prop_assert!(
                            is_without_member(&wanted, after.text(), path.last().unwrap(), value),
                            "{}\n{}", wanted, after.text()
                        ),
                    }
                    prop_assert_eq!(after.get(&path), None);
                    wanted = after.text().to_owned();
                }
            }
            // It is JSON, and says what it should to whoever reads it.
            let read: Value = serde_json::from_str(after.text()).unwrap();
            let found = path.iter().try_fold(&read, |at, key| at.get(key));
            match (found, value) {
                (Some(found), Some(value)) => prop_assert!(same_content(&found.to_string(), value)),
                (None, None) => {}
                _ => prop_assert!(false, "{}", after.text()),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// No change, no byte: but the empty lists where objects belong.
    #[test]
    fn without_changes_nothing_changes(text in configuration()) {
        let document = Document::parse(&text).unwrap();
        prop_assert_eq!(document.text(), text.trim());
        let after = apply(&document, &[]).unwrap();
        let wanted = with_objects(document.text());
        prop_assert_eq!(after.text(), wanted.as_str());
        prop_assert!(same_content(after.text(), document.text()));
    }
}
