//! The last step for size: binaryen's `wasm-opt`, from npm.
//!
//! It takes longer than all else together, so its result is kept by the hash of what went in.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::error::{AtPath as _, XtaskError};
use crate::wasm::PLACES;

/// What the wasm may use. `--all-features` would turn on compact imports, which Chromium 156
/// rejects (reference mv3 §7).
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Strips nothing that a browser needs, and everything that it does not. `-O1` because it makes the
/// smallest download: `-Oz` merges what it finds repeated, and the panel's gzip grew by a tenth.
const PASSES: [&str; 3] = ["-O1", "--strip-debug", "--strip-producers"];

/// Replaces the wasm of every place by a smaller one that does the same, all at the same time.
pub(crate) fn shrink_all(root: &Path, extension: &Path) -> Result<(), XtaskError> {
    std::thread::scope(|scope| {
        let running = PLACES.map(|place| {
            let wasm = extension.join(place.wasm_file());
            scope.spawn(move || shrink(root, &wasm))
        });
        running.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

fn shrink(root: &Path, wasm: &Path) -> Result<(), XtaskError> {
    let kept = kept_result(root, wasm)?;
    if !kept.is_file() {
        let fresh = kept.with_extension(std::process::id().to_string());
        optimise(root, wasm, &fresh)?;
        std::fs::rename(&fresh, &kept).at(&kept)?;
    }
    std::fs::copy(&kept, wasm).at(wasm)?;
    Ok(())
}

fn kept_result(root: &Path, wasm: &Path) -> Result<PathBuf, XtaskError> {
    let folder = root.join("target/wasm/opt");
    std::fs::create_dir_all(&folder).at(&folder)?;
    let mut hash = Sha256::new();
    hash.update(PASSES.join(" "));
    hash.update(FEATURES.join(" "));
    hash.update(std::fs::read(wasm).at(wasm)?);
    let name: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(folder.join(name).with_extension("wasm"))
}

fn optimise(root: &Path, input: &Path, output: &Path) -> Result<(), XtaskError> {
    let tool = root.join("node_modules/.bin/wasm-opt");
    let status = Command::new(tool)
        .args(PASSES)
        .args(FEATURES)
        .arg(input)
        .arg("--output")
        .arg(output)
        .status()
        .map_err(|source| XtaskError::Start {
            tool: "wasm-opt (npm package binaryen; ./build.sh setup installs it)",
            source,
        })?;
    if status.success() {
        return Ok(());
    }
    Err(XtaskError::Tool {
        tool: "wasm-opt",
        status,
    })
}
