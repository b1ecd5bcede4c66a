//! What a script left in a folder of `out`, each with what is said of it (reference/keboola.md section
//! 7.3).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Failure, text};

/// One output.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// A folder of slices.
    pub(super) is_folder: bool,
    /// Empty without one.
    pub(super) manifest: Map<String, Value>,
    pub(super) mapping: Option<Map<String, Value>>,
}

/// The outputs of a kind (`tables` or `files`), by name. `missing` words what is mapped and not there.
pub(super) fn find(
    data: &Path,
    kind: &str,
    mappings: &[Value],
    missing: &str,
) -> Result<Vec<Output>, Failure> {
    let entries = entries(&data.join("out").join(kind))?;
    let is_there = |name: &str| entries.iter().any(|(own, _)| own == name);
    let mapped = |name: &str| mappings.iter().find(|it| text(it, "source") == Some(name));
    let absent: Vec<String> = (mappings.iter())
        .filter_map(|mapping| text(mapping, "source"))
        .filter(|source| !is_there(source))
        .map(|source| format!("\"{source}\""))
        .collect();
    if !absent.is_empty() {
        return Err(Failure::User(format!("{missing}{}", absent.join(", "))));
    }
    let mut found = Vec::new();
    for (name, path) in &entries {
        if let Some(of) = name.strip_suffix(".manifest") {
            if !is_there(of) {
                let text = format!("Found orphaned {kind} manifest: \"{name}\"");
                return Err(Failure::User(text));
            }
            continue;
        }
        let manifest = match is_there(&format!("{name}.manifest")) {
            true => manifest(&path.with_file_name(format!("{name}.manifest")))?,
            false => Map::new(),
        };
        found.push(Output {
            name: name.clone(),
            path: path.clone(),
            is_folder: path.is_dir(),
            manifest,
            mapping: mapped(name).and_then(Value::as_object).cloned(),
        });
    }
    Ok(found)
}

fn manifest(path: &Path) -> Result<Map<String, Value>, Failure> {
    let wrong = |why: String| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Failure::User(format!("Failed to parse manifest file \"{name}\": {why}"))
    };
    let read = fs::read(path)?;
    match serde_json::from_slice(&read) {
        Ok(Value::Object(fields)) => Ok(fields),
        // PHP writes nothing as a list.
        Ok(Value::Array(items)) if items.is_empty() => Ok(Map::new()),
        Ok(_) => Err(wrong("it is not an object".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// Name and path of what is in a folder, by name; hidden files are none of it. A link might lead out
/// of the data folder, so there is none.
pub(super) fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut all = Vec::new();
    let read = match fs::read_dir(folder) {
        Ok(read) => read,
        // The script has removed it: it left nothing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error.into()),
    };
    for entry in read {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if !kind.is_file() && !kind.is_dir() {
            let text =
                format!("The dev stack stores no \"{name}\": it is neither file nor folder.");
            return Err(Failure::User(text));
        }
        all.push((name, entry.path()));
    }
    all.sort();
    Ok(all)
}
