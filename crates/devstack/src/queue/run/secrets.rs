//! The `#` values of a job: decrypted for the script, encrypted in the state that it leaves, redacted in
//! archives, and refused when one stands in clear (reference/keboola.md section 5).

use std::convert::Infallible;

use serde_json::Value;

use super::{Failure, Work};
use crate::encryption::{decrypt, encrypt_for_configuration, with_secrets};

/// What archives hold in place of a secret.
const REDACTED: &str = "*****";

/// The value with its secrets in clear.
pub(super) fn decrypted(work: &Work<'_>, value: &Value) -> Result<Value, Failure> {
    let stack = &work.caller.storage.host;
    let project = work.caller.storage.project.to_string();
    with_secrets(value.clone(), &mut |key, text| {
        // Neither is taken for a ciphertext.
        if text.is_empty() || is_variable(text) {
            return Ok(text.to_owned());
        }
        let (component, id) = (&work.place.component, &work.place.id);
        let own = &work.world.encryption;
        decrypt(own, text, stack, component, &project, id).map_err(|error| {
            // The real message quotes the value, too: whoever follows a job must not carry it on.
            Failure::User(format!(
                "Invalid cipher text for key {key} Value \"{text}\" {error}."
            ))
        })
    })
}

/// The value with its secrets as this configuration alone reads them.
pub(super) fn encrypted(work: &Work<'_>, value: Value) -> Result<Value, Failure> {
    let stack = &work.caller.storage.host;
    let project = work.caller.storage.project.to_string();
    with_secrets(value, &mut |key, text| {
        let (component, id) = (&work.place.component, &work.place.id);
        let own = &work.world.encryption;
        encrypt_for_configuration(own, text, stack, component, &project, id)
            .ok_or_else(|| Failure::Broken(format!("{key} cannot be encrypted.")))
    })
}

/// The value without its secrets.
pub(super) fn redacted(value: Value) -> Value {
    let hidden = with_secrets(value, &mut |_, _| Ok::<_, Infallible>(REDACTED.to_owned()));
    match hidden {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

fn is_variable(text: &str) -> bool {
    let name = text.trim().strip_prefix("{{");
    let name = name.and_then(|it| it.strip_suffix("}}"));
    name.is_some_and(|name| !name.contains(['{', '}']))
}
