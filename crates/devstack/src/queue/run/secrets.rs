//! The `#` values of a job's parameters: decrypted for the script, redacted for archives, and refused
//! when one stands in clear (reference/keboola.md section 5).

use serde_json::{Map, Value};

use super::{Failure, Work};
use crate::encryption::decrypt;

/// What archives hold in place of a secret.
const REDACTED: &str = "*****";

/// The parameters in both forms.
#[derive(Debug)]
pub(super) struct Secrets {
    pub(super) clear: Value,
    pub(super) redacted: Value,
}

/// Reads the secrets of the job's parameters.
pub(super) fn read(work: &Work<'_>) -> Result<Secrets, Failure> {
    let stack = &work.caller.storage.host;
    let project = work.caller.storage.project.to_string();
    let open = |key: &str, text: &str| {
        // Neither is taken for a ciphertext.
        if text.is_empty() || is_variable(text) {
            return Ok(text.to_owned());
        }
        let (component, id) = (&work.place.component, &work.place.id);
        let key_of_process = &work.world.encryption;
        decrypt(key_of_process, text, stack, component, &project, id).map_err(|error| {
            // The real message quotes the value: whoever follows a job must not carry it on.
            let text = format!("Invalid cipher text for key {key} Value \"{text}\" {error}.");
            Failure::User(text)
        })
    };
    let parameters = work.parameters();
    Ok(Secrets {
        clear: with_secrets(parameters, &open)?,
        redacted: with_secrets(parameters, &|_, _| Ok(REDACTED.to_owned()))?,
    })
}

fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
    name.is_some_and(|name| !name.contains(['{', '}']))
}

fn with_secrets(
    value: &Value,
    open: &impl Fn(&str, &str) -> Result<String, Failure>,
) -> Result<Value, Failure> {
    Ok(match value {
        Value::Object(fields) => {
            let mut made = Map::new();
            for (key, value) in fields {
                let value = match value {
                    Value::String(text) if key.starts_with('#') => Value::String(open(key, text)?),
                    other => with_secrets(other, open)?,
                };
                made.insert(key.clone(), value);
            }
            Value::Object(made)
        }
        Value::Array(items) => {
            let made: Result<_, Failure> =
                items.iter().map(|item| with_secrets(item, open)).collect();
            Value::Array(made?)
        }
        scalar => scalar.clone(),
    })
}
