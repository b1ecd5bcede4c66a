//! The configuration as it would be with the edits saved.

use keboola::Configuration;
use messages::worker::Draft;
use messages::{Problem, ProblemCode};
use serde_json::{Map, Value};

/// Puts the edits into what was read. All else stays as Storage has it.
pub(crate) fn lay_over(configuration: &mut Configuration, draft: Draft) -> Result<(), Problem> {
    let parameters = configuration
        .raw
        .entry("parameters")
        .or_insert_with(|| Value::Object(Map::new()));
    // PHP makes lists of empty objects.
    if parameters.as_array().is_some_and(Vec::is_empty) {
        *parameters = Value::Object(Map::new());
    }
    let Value::Object(parameters) = parameters else {
        let words = "\"parameters\" is not an object";
        return Err(Problem::with(ProblemCode::ConfigurationShape, words));
    };
    let edited: Option<Map<String, Value>> = draft
        .parameters
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| {
            // The text may hold a secret: only the place is told.
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::with(ProblemCode::UserPropertiesInvalid, place)
        })?;
    let edits = [
        ("code", draft.code.map(Value::from)),
        ("packages", draft.packages.map(Value::from)),
        ("user_properties", edited.map(Value::Object)),
    ];
    for (key, value) in edits {
        if let Some(value) = value {
            parameters.insert(key.to_owned(), value);
        }
    }
    Ok(())
}
