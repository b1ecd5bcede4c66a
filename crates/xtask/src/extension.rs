//! The unpacked extension, put together in a new folder and then put in place as a whole, so that
//! a failed build never leaves half an extension behind.

use std::path::Path;

use crate::error::{AtPath as _, XtaskError};
use crate::{Profile, bundle, manifest, runner_bundle, sizes, wasm, wasm_opt};

/// Builds the extension into `out`, which is replaced.
pub(crate) fn build(root: &Path, profile: Profile, out: &Path) -> Result<(), XtaskError> {
    let compiled = wasm::compile(root, profile)?;
    // Two builds at the same time do not share it.
    let fresh = root.join(format!("target/extension-{}", std::process::id()));
    let put_together = put_together(root, profile, &compiled, &fresh);
    if put_together.is_err() {
        remove(&fresh)?;
    }
    put_together?;
    remove(out)?;
    std::fs::rename(&fresh, out).at(out)?;
    sizes::print(&sizes::measure(out)?);
    Ok(())
}

fn put_together(
    root: &Path,
    profile: Profile,
    compiled: &Path,
    fresh: &Path,
) -> Result<(), XtaskError> {
    remove(fresh)?;
    copy_tree(&root.join("extension"), fresh)?;
    bundle::install(root, profile, fresh)?;
    for place in wasm::PLACES {
        wasm::bind(place, compiled, profile, fresh)?;
    }
    if profile == Profile::Release {
        wasm_opt::shrink_all(root, fresh)?;
    }
    runner_bundle::install(&root.join("runner/kbc_runner"), &fresh.join("runner.json"))?;
    manifest::install(&root.join("extension/manifest.json"), fresh)
}

fn remove(folder: &Path) -> Result<(), XtaskError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(folder),
        _ => Ok(()),
    }
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), XtaskError> {
    std::fs::create_dir_all(to).at(to)?;
    for entry in std::fs::read_dir(from).at(from)? {
        let entry = entry.at(from)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_tree(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).at(&source)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_copied_whole() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        std::fs::create_dir_all(from.join("icons")).unwrap();
        std::fs::write(from.join("icons/16.png"), "png").unwrap();
        copy_tree(&from, &to).unwrap();
        assert_eq!(
            std::fs::read_to_string(to.join("icons/16.png")).unwrap(),
            "png"
        );
    }

    #[test]
    fn removing_what_is_not_there_is_no_error() {
        let root = tempfile::tempdir().unwrap();
        remove(&root.path().join("nothing")).unwrap();
    }
}
