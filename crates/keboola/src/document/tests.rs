use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

#[test]
fn a_value_is_replaced_and_every_other_byte_stays() {
    for (before, path, value, after) in [
        (r#"{"a":1,"b":2}"#, &["a"][..], "3", r#"{"a":3,"b":2}"#),
        (r#"{"a":1}"#, &["b"], "[]", r#"{"a":1,"b":[]}"#),
        ("{}", &["a"], "1", r#"{"a":1}"#),
        ("[]", &["a"], "1", r#"{"a":1}"#),
        ("{ }", &["a"], "1", r#"{"a":1}"#),
        ("{}", &["a", "b", "ě\"x"], "1", r#"{"a":{"b":{"ě\"x":1}}}"#),
        (r#"{"a":[]}"#, &["a", "b"], "1", r#"{"a":{"b":1}}"#),
        (
            "{ \"n\": 1e5, \"u\": \"\\u00e9\\/\",\n  \"a\" : {\"x\":1.0 } }",
            &["a", "y"],
            "true",
            "{ \"n\": 1e5, \"u\": \"\\u00e9\\/\",\n  \"a\" : {\"x\":1.0,\"y\":true } }",
        ),
        // A key is what it says, however it is written.
        (r#"{"\u0061":1}"#, &["a"], "2", r#"{"\u0061":2}"#),
        (r#"{"a":1}"#, &[], r#"{"b":2}"#, r#"{"b":2}"#),
    ] {
        assert_eq!(document(before).set(path, value).unwrap().text(), after);
    }
}

#[test]
fn a_member_goes_with_its_comma() {
    for (before, path, after) in [
        (r#"{"a":1,"b":2,"c":3}"#, &["b"][..], r#"{"a":1,"c":3}"#),
        (r#"{"a":1,"b":2}"#, &["b"], r#"{"a":1}"#),
        (r#"{"a":1,"b":2}"#, &["a"], r#"{"b":2}"#),
        (r#"{ "a" : 1 , "b": 2 }"#, &["a"], r#"{ "b": 2 }"#),
        (r#"{"a":1}"#, &["a"], "{}"),
        (r#"{"x":{"a":1}}"#, &["x", "a"], r#"{"x":{}}"#),
        (r#"{"a":1}"#, &["b"], r#"{"a":1}"#),
        (r#"{"a":1}"#, &["b", "c"], r#"{"a":1}"#),
    ] {
        assert_eq!(document(before).remove(path).unwrap().text(), after);
    }
}

#[test]
fn what_cannot_be_changed_says_why() {
    let twice = document(r#"{"a":{"b":1,"b":2}}"#);
    assert_eq!(twice.get(&["a", "b"]), Some("2"), "the last counts");
    let error = DocumentError::Twice("a.b".to_owned());
    assert_eq!(twice.set(&["a", "b"], "3"), Err(error.clone()));
    assert_eq!(twice.remove(&["a", "b"]), Err(error));
    let scalar = document(r#"{"a":5}"#);
    let error = DocumentError::NoObject("a".to_owned());
    assert_eq!(scalar.set(&["a", "b"], "3"), Err(error));
    let error = DocumentError::NotJson("a".to_owned());
    assert_eq!(scalar.set(&["a"], "{"), Err(error));
    for text in ["", "5", "[1]", "{", r#"{"a":1}x"#, "null"] {
        let error = DocumentError::NotAnObject;
        assert_eq!(Document::parse(text), Err(error), "{text}");
    }
}

#[test]
fn empty_lists_become_objects_only_where_objects_belong() {
    let text = r#"{"parameters":{"user_properties":[ ],"packages":[]},"storage":[]}"#;
    let paths = [
        &["parameters", "user_properties"][..],
        &["storage"],
        &["runtime"],
    ];
    let after = r#"{"parameters":{"user_properties":{},"packages":[]},"storage":{}}"#;
    assert_eq!(document(text).with_objects(&paths).text(), after);
}

#[test]
fn content_is_compared_by_what_it_means() {
    for (one, other, alike) in [
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
        ("1.0", "1", true),
        ("1e5", "100000", true),
        ("1e-2", "0.010", true),
        ("0", "-0.0", true),
        ("0e7", "0", true),
        ("12345678901234567890", "12345678901234567891", false),
        ("0.1", "0.10000000000000001", false),
        ("-1", "1", false),
        (r#""\u00e9""#, r#""é""#, true),
        (r#""1""#, "1", false),
        ("[]", "{}", true),
        (r#"{"a":{}}"#, r#"{"a":[]}"#, true),
        ("[]", "[1]", false),
        ("[1,2]", "[2,1]", false),
        ("null", "{}", false),
        ("{", "{", false),
        ("1e99999999999999999999", "1e99999999999999999999", true),
    ] {
        assert_eq!(same_content(one, other), alike, "{one} {other}");
        assert_eq!(same_content(other, one), alike, "{other} {one}");
    }
}

/// Blanks where JSON allows them.
fn blank() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", " ", "\n  ", "\t", "\r\n"])
}

/// A scalar in every spelling that JSON has for it.
fn scalar() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "0",
        "-0",
        "1.0",
        "1e5",
        "1E+5",
        "-2.50e-3",
        "9223372036854775807",
        "18446744073709551616",
        "0.1000000000000000055511151231257827",
        "1e400",
    ]);
    let text = prop::sample::select(vec![
        r#""""#,
        r#""a""#,
        r#""\u00e9""#,
        r#""é""#,
        r#""\ud83d\ude00""#,
        r#""😀""#,
        r#""\/""#,
        r#""\\\"\n""#,
        r#""},{[\"a\":1""#,
        r#""KBC::ProjectSecure::x""#,
    ]);
    prop_oneof![
        number.prop_map(str::to_owned),
        text.prop_map(str::to_owned),
        Just("true".to_owned()),
        Just("null".to_owned()),
    ]
}

/// A key as JSON text; no two of a list are the same key.
const KEYS: [&str; 9] = [
    r#""a""#,
    r#""b""#,
    r##""#secret""##,
    r#""e2b_template""#,
    r#""\u00e9x""#,
    r#""""#,
    r#""with.dot""#,
    r#""quo\"te""#,
    r#""parameters""#,
];

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec((inner.clone(), blank()), 0..5).prop_map(|items| {
                let items: Vec<_> = items
                    .iter()
                    .map(|(it, blank)| format!("{blank}{it}"))
                    .collect();
                format!("[{}]", items.join(","))
            }),
            object_of(inner),
        ]
    })
}

fn object_of(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let keys = prop::sample::subsequence(KEYS.to_vec(), 0..KEYS.len()).prop_shuffle();
    (
        keys,
        prop::collection::vec((inner, blank(), blank(), blank()), KEYS.len()),
        blank(),
    )
        .prop_map(|(keys, values, end)| {
            let members: Vec<_> = keys
                .iter()
                .zip(values)
                .map(|(key, (value, one, two, three))| format!("{one}{key}{two}:{three}{value}"))
                .collect();
            format!("{{{}{end}}}", members.join(","))
        })
}

/// Every path of a text to a value that is no object, with the value's text.
fn leaves(text: &str, path: &[String], all: &mut Vec<(Vec<String>, String)>) {
    let members = match Object::parse(text) {
        Some(object) if object.len() > 0 => object.into_members(),
        _ => return all.push((path.to_vec(), text.to_owned())),
    };
    for (key, value) in members {
        let path = [path, &[key]].concat();
        leaves(value, &path, all);
    }
}

fn leaves_of(document: &Document) -> Vec<(Vec<String>, String)> {
    let mut all = Vec::new();
    leaves(document.text(), &[], &mut all);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever is set where: all that is not below or above it keeps its bytes and its order, and
    /// the text before and after the change is the same.
    #[test]
    fn setting_changes_nothing_else(
        text in object_of(value()),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b", "#secret", "e2b_template", "new", "parameters"]), 1..4),
        new in value(),
    ) {
        let before = document(&text);
        let Ok(after) = before.set(&path, &new) else {
            // The way leads through a scalar or a list.
            let blocked = (1..path.len()).any(|depth| {
                before.get(&path[..depth]).is_some_and(|it| Object::parse(it).is_none())
            });
            prop_assert!(blocked, "{}", text);
            return Ok(());
        };
        prop_assert_eq!(after.get(&path), Some(new.trim()));
        let is_ours = |it: &[String]| {
            let shorter = it.len().min(path.len());
            it[..shorter].iter().zip(&path).all(|(one, other)| one == other)
        };
        let others = |document: &Document| {
            let all = leaves_of(document);
            all.into_iter().filter(|(it, _)| !is_ours(it)).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&before), others(&after));
        let (old, new) = (before.text(), after.text());
        let same = old.bytes().zip(new.bytes()).take_while(|(one, other)| one == other).count();
        let same_end = old.bytes().rev().zip(new.bytes().rev()).take_while(|(one, other)| one == other).count();
        let deepest = (0..path.len()).rev().find_map(|depth| before.get(&path[..depth]));
        // What is between the two belongs to the object at hand.
        let changed = old.len().saturating_sub(same + same_end);
        prop_assert!(changed <= deepest.map_or(old.len(), str::len));
        let valid: Value = serde_json::from_str(new).unwrap();
        prop_assert!(valid.is_object());
    }

    /// Setting and removing what was not there gives the text back.
    #[test]
    fn removing_takes_back_what_was_added(text in object_of(value()), new in value()) {
        let before = document(&text);
        prop_assume!(before.get(&["new"]).is_none());
        let after = before.set(&["new"], &new).unwrap().remove(&["new"]).unwrap();
        let had_members = !before.members(&[]).is_empty();
        if had_members {
            prop_assert_eq!(before.text(), after.text());
        } else {
            prop_assert_eq!(after.text(), "{}");
        }
    }

    /// Removing keeps every other member with its bytes.
    #[test]
    fn removing_changes_nothing_else(text in object_of(value()), place in 0_usize..9) {
        let before = document(&text);
        let members = before.members(&[]);
        let Some((key, _)) = members.get(place % members.len().max(1)) else {
            return Ok(());
        };
        let after = before.remove(&[key.as_str()]).unwrap();
        let others: Vec<_> = members.iter().filter(|(it, _)| it != key).cloned().collect();
        prop_assert_eq!(after.members(&[]), others);
    }

    #[test]
    fn every_text_is_the_same_as_itself_and_as_it_is_read(text in value()) {
        prop_assert!(same_content(&text, &text));
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert!(same_content(&text, &read.to_string()), "{} {}", text, read);
    }
}
