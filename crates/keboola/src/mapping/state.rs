//! What earlier jobs took from the input mapping: the base of `changed_since: adaptive`
//! (reference §7.3, §8.3). Kept by Storage under `state.storage.input`.

use serde_json::{Map, Value};

use super::file_input::FileTag;
use crate::wire;

/// The input mapping's part of a configuration's state.
#[derive(Clone, Debug, Default)]
pub(super) struct InputState {
    tables: Vec<Value>,
    files: Vec<Value>,
}

impl InputState {
    pub(super) fn of(state: &Map<String, Value>) -> Self {
        let list = |name: &str| -> Vec<Value> {
            let input = state
                .get("storage")
                .and_then(|storage| storage.get("input"));
            let list = input.and_then(|input| input.get(name)?.as_array());
            list.cloned().unwrap_or_default()
        };
        Self {
            tables: list("tables"),
            files: list("files"),
        }
    }

    /// The date of the import that the last job saw.
    pub(super) fn last_import_of(&self, table: &str) -> Option<String> {
        let seen = self.tables.iter().find(|seen| seen["source"] == table)?;
        seen["lastImportDate"].as_str().map(str::to_owned)
    }

    /// The largest id of a file that the last job saw under the same tags.
    pub(super) fn last_file_of(&self, tags: &[FileTag]) -> Option<u64> {
        let same = |seen: &Value| {
            let seen: Option<Vec<FileTag>> =
                seen.as_array()?.iter().map(FileTag::of_state).collect();
            Some(seen? == tags)
        };
        let seen = self
            .files
            .iter()
            .find(|seen| same(&seen["tags"]) == Some(true))?;
        wire::whole(&seen["lastImportId"])
    }
}
