//! The runner as one JSON file, which the engine reads and puts into the sandbox.
//!
//! `{"hash": "…", "files": {"kbc_runner/__main__.py": "text", …}}`. The hash names the folder in the
//! sandbox: the first 16 hex digits of the SHA-256 over every name and text, sorted by name, so
//! that equal sources give equal bytes on every machine.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{AtPath as _, XtaskError};

#[derive(Debug, PartialEq, Eq, Serialize)]
struct RunnerBundle {
    hash: String,
    files: BTreeMap<String, String>,
}

/// Packs the Python sources of the folder `package` into the file `out`.
pub(crate) fn install(package: &Path, out: &Path) -> Result<(), XtaskError> {
    let bundle = bundle(sources(package)?);
    let text = serde_json::to_string(&bundle).map_err(|source| XtaskError::Json {
        path: out.to_owned(),
        source,
    })?;
    std::fs::write(out, text).at(out)
}

fn bundle(files: BTreeMap<String, String>) -> RunnerBundle {
    let mut hash = Sha256::new();
    for (name, text) in &files {
        // The lengths keep two different splits of the same bytes apart.
        hash.update(format!("{} {}\n", name.len(), text.len()));
        hash.update(name);
        hash.update(text);
    }
    let hash = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    RunnerBundle { hash, files }
}

/// Every `.py` file below `package`, by its path from the folder that holds `package`.
fn sources(package: &Path) -> Result<BTreeMap<String, String>, XtaskError> {
    let base = package.parent().unwrap_or(package);
    let mut files = BTreeMap::new();
    let mut folders = vec![package.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).at(&folder)? {
            let path = entry.at(&folder)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                let text = std::fs::read_to_string(&path).at(&path)?;
                let name = path.strip_prefix(base).unwrap_or(&path);
                files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn only_python_sources_are_packed_with_their_folder() {
        let root = package(&[
            ("kbc_runner/__main__.py", "print(1)\n"),
            ("kbc_runner/deep/step.py", "x = 2\n"),
            ("kbc_runner/__pycache__/step.cpython-311.pyc", "no"),
            ("tests/test_it.py", "no"),
        ]);
        let files = sources(&root.path().join("kbc_runner")).unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["kbc_runner/__main__.py", "kbc_runner/deep/step.py"]);
        assert_eq!(files["kbc_runner/__main__.py"], "print(1)\n");
    }

    #[test]
    fn the_hash_is_that_of_names_and_texts_alone() {
        let of = |files: &[(&str, &str)]| {
            let owned = files
                .iter()
                .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()));
            bundle(owned.collect()).hash
        };
        let one = of(&[("a.py", "1"), ("b.py", "2")]);
        assert_eq!(one.len(), 16);
        assert_eq!(one, of(&[("b.py", "2"), ("a.py", "1")]));
        assert_ne!(one, of(&[("a.py", "1"), ("b.py", "3")]));
        assert_ne!(one, of(&[("a.py", "1b.py"), ("", "2")]));
    }

    #[test]
    fn the_written_file_is_what_the_engine_reads() {
        let root = package(&[("kbc_runner/__main__.py", "é")]);
        let out = root.path().join("runner.json");
        install(&root.path().join("kbc_runner"), &out).unwrap();
        let text = std::fs::read_to_string(out).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["files"]["kbc_runner/__main__.py"], "é");
        assert_eq!(value["hash"].as_str().unwrap().len(), 16);
    }
}
