//! `/data/config.json` as the script finds it (reference §8.2, §8.3).

use serde_json::{Map, Value, json};

/// The text of config.json.
///
/// `configuration` is what Storage keeps; `user_properties` are its user parameters with the
/// secrets put in. The script sees them as `parameters`; every other key comes through as it is,
/// in its order and with its numbers as they are spelled. (An exponent is spelled as PHP, and so
/// Storage, spells it: `1.0e+25`. One that a client wrote as `1E25` gets that spelling.)
#[must_use]
pub fn config_json(
    configuration: &Map<String, Value>,
    user_properties: &Map<String, Value>,
) -> String {
    let mut config = Map::new();
    for (key, value) in configuration {
        match key.as_str() {
            "runtime" | "processors" | "image_parameters" | "action" => {}
            "parameters" => {
                config.insert(key.clone(), Value::Object(user_properties.clone()));
            }
            "storage" | "authorization" if is_empty(value) => {}
            _ => {
                config.insert(key.clone(), value.clone());
            }
        }
    }
    // Where there were no parameters at all, a script still finds an object.
    config
        .entry("parameters")
        .or_insert_with(|| Value::Object(user_properties.clone()));
    config.insert("image_parameters".to_owned(), json!({}));
    config.insert("action".to_owned(), json!("run"));
    format!("{:#}", Value::Object(config))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(json: &str) -> Map<String, Value> {
        serde_json::from_str(json).unwrap()
    }

    fn compact(configuration: &str, properties: &str) -> String {
        let text = config_json(&object(configuration), &object(properties));
        serde_json::from_str::<Value>(&text).unwrap().to_string()
    }

    #[test]
    fn the_script_s_parameters_are_the_user_s() {
        for (configuration, properties, config) in [
            (
                r#"{"parameters":{"code":"x","user_properties":{"a":1}},"storage":{"input":{"tables":[]}},"runtime":{"tag":"1"},"processors":{"after":[]}}"#,
                r#"{"a":1,"b":[1.0,1.0e+25,-0,0.10,2E5,12345678901234567890123]}"#,
                r#"{"parameters":{"a":1,"b":[1.0,1.0e+25,-0,0.10,2e+5,12345678901234567890123]},"storage":{"input":{"tables":[]}},"image_parameters":{},"action":"run"}"#,
            ),
            (
                r#"{"storage":[],"authorization":{},"parameters":{}}"#,
                "{}",
                r#"{"parameters":{},"image_parameters":{},"action":"run"}"#,
            ),
            (
                "{}",
                "{}",
                r#"{"parameters":{},"image_parameters":{},"action":"run"}"#,
            ),
            (
                r#"{"variables_id":"7","authorization":{"oauth_api":{"id":"1"}},"action":"evil","image_parameters":{"x":1}}"#,
                r#"{"k":null}"#,
                r#"{"variables_id":"7","authorization":{"oauth_api":{"id":"1"}},"parameters":{"k":null},"image_parameters":{},"action":"run"}"#,
            ),
        ] {
            assert_eq!(compact(configuration, properties), config);
        }
    }

    /// Numbers in every spelling that Storage gives out.
    fn number() -> impl Strategy<Value = String> {
        prop::string::string_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,12})?(e[+-][0-9]{1,3})?")
            .unwrap()
    }

    /// A JSON text, compact, its numbers as written and its keys in their order.
    fn json() -> impl Strategy<Value = String> {
        let text = any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap());
        let scalar = prop_oneof![
            number(),
            text,
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("{}".to_owned()),
            Just("[]".to_owned()),
        ];
        scalar.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6)
                    .prop_map(|list| format!("[{}]", list.join(","))),
                members(inner).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        })
    }

    /// Members of an object, in no order, with distinct keys.
    fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
        prop::collection::hash_map("[a-z#. é\"\\\\]{0,8}", value, 0..6).prop_map(|map| {
            map.iter()
                .map(|(key, value)| format!("{}:{value}", serde_json::to_string(key).unwrap()))
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Order of keys, spelling of numbers and escapes come through untouched.
        #[test]
        fn what_is_not_ours_comes_through_as_it_is(
            properties in members(json()),
            tables in json(),
            extra in json(),
        ) {
            let properties = format!("{{{}}}", properties.join(","));
            let configuration = format!(
                r#"{{"zz":{extra},"parameters":{{"code":"x"}},"storage":{{"input":{tables}}},"runtime":{extra}}}"#
            );
            let expected = format!(
                r#"{{"zz":{extra},"parameters":{properties},"storage":{{"input":{tables}}},"image_parameters":{{}},"action":"run"}}"#
            );
            prop_assert_eq!(compact(&configuration, &properties), expected);
        }
    }
}
