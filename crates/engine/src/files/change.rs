//! New folders, new names, deletions.

use e2b::EnvdError;
use messages::Problem;
use messages::engine::{DeleteEntry, MakeFolder, RenameEntry};

use super::ask;
use crate::state::Engine;

/// Makes a folder.
///
/// # Errors
/// `NoSandbox`, `EntryExists`, `EntryRefused`.
pub(crate) async fn make_folder(engine: &Engine, call: &MakeFolder) -> Result<(), Problem> {
    ask(engine, &call.configuration, async |envd| {
        match envd.make_dir(&call.path).await? {
            true => Ok(()),
            false => Err(exists(&call.path)),
        }
    })
    .await
}

/// Gives a file or folder another path.
///
/// # Errors
/// `NoSandbox`, `EntryMissing`, `EntryExists`, `EntryRefused`.
pub(crate) async fn rename(engine: &Engine, call: &RenameEntry) -> Result<(), Problem> {
    ask(engine, &call.configuration, async |envd| {
        // envd would replace a file.
        if envd.stat(&call.to).await?.is_some() {
            return Err(exists(&call.to));
        }
        envd.rename(&call.from, &call.to).await.map(drop)
    })
    .await
}

/// Deletes.
///
/// # Errors
/// `NoSandbox`, `EntryRefused`.
pub(crate) async fn delete(engine: &Engine, call: &DeleteEntry) -> Result<(), Problem> {
    ask(engine, &call.configuration, async |envd| {
        envd.remove(&call.path).await
    })
    .await
}

fn exists(path: &str) -> EnvdError {
    EnvdError::AlreadyExists {
        message: path.to_owned(),
    }
}
