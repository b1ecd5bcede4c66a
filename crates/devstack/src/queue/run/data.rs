//! The data folder (reference/keboola.md section 8.3) without its inputs: `config.json` and
//! `in/state.json`, and what the component makes of them at its start (section 8.2).

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Failure, Work, secrets, text};

const FOLDERS: [&str; 5] = [
    "in/tables",
    "in/files",
    "in/user",
    "out/tables",
    "out/files",
];

/// The environments that the real component has. Here each is the one Python of the stack.
const ENVIRONMENTS: [&str; 4] = ["base", "3.12", "3.13", "3.14"];

/// What stands for the id of a configuration that is not stored (the real one takes a SHA-1).
pub(super) fn stand_in_id(data: Option<&Value>) -> String {
    let text = data.map(Value::to_string).unwrap_or_default();
    let hash = Sha256::digest(text);
    hash.iter().take(20).map(|b| format!("{b:02x}")).collect()
}

/// Lays it out as it is before the component begins: `parameters` are still the whole ones.
pub(super) fn lay_out(work: &Work<'_>, folder: &Path, parameters: &Value) -> Result<(), Failure> {
    for name in FOLDERS {
        fs::create_dir_all(folder.join(name))?;
    }
    write_config(work, folder, parameters)?;
    let state = work.state.get("component").unwrap_or(&Value::Null);
    let state = as_object(&secrets::decrypted(work, state)?);
    Ok(fs::write(folder.join("in/state.json"), state.to_string())?)
}

/// What the component does at its start: the script beside the data, and its parameters alone in
/// `config.json`. Returns the packages that it is to install.
pub(super) fn become_script(
    work: &Work<'_>,
    folder: &Path,
    parameters: &Value,
) -> Result<Vec<String>, Failure> {
    match parameters.get("source").and_then(Value::as_str) {
        None | Some("code") => {}
        Some("git") => {
            return Err(Failure::user(
                "The dev stack has no git: only code from the configuration runs.",
            ));
        }
        Some(other) => {
            return Err(Failure::User(format!("\"{other}\" is not a source.")));
        }
    }
    let environment = text(parameters, "venv").unwrap_or("base");
    if !ENVIRONMENTS.contains(&environment) {
        return Err(Failure::User(format!(
            "There is no Python environment \"{environment}\"."
        )));
    }
    let code = text(parameters, "code").unwrap_or_default();
    if code.trim().is_empty() {
        return Err(Failure::user("The configuration has no code."));
    }
    fs::write(folder.join("script.py"), code)?;
    let properties = match parameters.get("user_properties") {
        None | Some(Value::Null) => json!({}),
        Some(Value::Array(list)) if list.is_empty() => json!({}),
        Some(properties @ Value::Object(_)) => properties.clone(),
        Some(_) => return Err(Failure::user("user_properties must be an object.")),
    };
    write_config(work, folder, &properties)?;
    packages(parameters)
}

fn packages(parameters: &Value) -> Result<Vec<String>, Failure> {
    let refuse = || Failure::user("packages must be a list of texts.");
    match parameters.get("packages") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .map(|package| package.as_str().map(str::to_owned).ok_or_else(refuse))
            .collect(),
        Some(_) => Err(refuse()),
    }
}

/// Writes `config.json` with these parameters, without what is for the runner alone.
fn write_config(work: &Work<'_>, folder: &Path, parameters: &Value) -> Result<(), Failure> {
    let mut config: Map<String, Value> =
        work.configuration.as_object().cloned().unwrap_or_default();
    config.remove("runtime");
    config.remove("processors");
    for name in ["storage", "authorization"] {
        if config
            .get(name)
            .is_some_and(|it| as_object(it) == json!({}))
        {
            config.remove(name);
        }
    }
    config.insert("parameters".to_owned(), as_object(parameters));
    config.insert("image_parameters".to_owned(), json!({}));
    config.insert("action".to_owned(), json!("run"));
    let text = Value::Object(config).to_string();
    Ok(fs::write(folder.join("config.json"), text)?)
}

/// PHP's empty list, and nothing at all, as the object that they stand for.
fn as_object(value: &Value) -> Value {
    match value {
        Value::Array(_) | Value::Null => json!({}),
        other => other.clone(),
    }
}
