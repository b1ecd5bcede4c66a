//! JavaScript of npm that the extension ships: each file of `bundles/` becomes one file (and its
//! styles another) by esbuild, from npm, too.

use std::path::Path;
use std::process::Command;

use crate::Profile;
use crate::error::{AtPath as _, XtaskError};

/// The browser's version that the manifest asks for.
const TARGET: &str = "--target=chrome148";

/// Bundles all of them into the extension.
pub(crate) fn install(root: &Path, profile: Profile, extension: &Path) -> Result<(), XtaskError> {
    let sources = root.join("bundles");
    let mut entries: Vec<_> = std::fs::read_dir(&sources)
        .at(&sources)?
        .collect::<Result<_, _>>()
        .at(&sources)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let esbuild = root.join("node_modules/.bin/esbuild");
    let mut command = Command::new(&esbuild);
    command
        .current_dir(root)
        .args(entries.iter().map(std::fs::DirEntry::path))
        .args(["--bundle", "--format=esm", "--log-level=warning", TARGET])
        .arg(format!("--outdir={}", extension.display()));
    if profile == Profile::Release {
        command.args(["--minify", "--legal-comments=eof"]);
    }
    let status = command.status().map_err(|source| XtaskError::Start {
        tool: "esbuild (npm package; ./build.sh setup installs it)",
        source,
    })?;
    if status.success() {
        return Ok(());
    }
    Err(XtaskError::Tool {
        tool: "esbuild",
        status,
    })
}
