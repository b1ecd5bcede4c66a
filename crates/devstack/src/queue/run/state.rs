//! The state that a script left, which the next job finds (reference/keboola.md section 8.4).

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Failure, Work, secrets};

/// Keeps `out/state.json` with the configuration, its secrets encrypted. Without one all stays.
pub(super) fn save(work: &Work<'_>, data: &Path) -> Result<(), Failure> {
    let path = data.join("out/state.json");
    if work.task.configuration.is_none() || !path.is_file() || path.is_symlink() {
        return Ok(());
    }
    let state: Value = serde_json::from_slice(&fs::read(&path)?)
        .map_err(|error| Failure::User(format!("out/state.json is not JSON: {error}")))?;
    let state = secrets::encrypted(work, state)?;
    work.caller.storage.with(work.world, |project| {
        if let Some(own) = project.configuration_to_change(&work.place) {
            let mut all = own.state.as_object().cloned().unwrap_or_default();
            all.insert("component".to_owned(), state);
            own.state = Value::Object(all);
        }
        Ok(())
    })?;
    Ok(())
}
