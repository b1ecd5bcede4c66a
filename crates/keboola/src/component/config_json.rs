//! `/data/config.json` as the script finds it (reference §8.2, §8.3).

use serde_json::{Map, Value, json};

/// The text of config.json.
///
/// `configuration` is what Storage keeps; `user_properties` are its user parameters with the
/// secrets put in. The script sees them as `parameters`; every other key comes through as it is,
/// in its order and with its numbers as they are spelled.
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
