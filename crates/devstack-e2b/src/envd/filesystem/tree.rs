//! The calls that read and change the tree of files. All of them are done by envd itself, that is as
//! root; only what is created is given to the caller.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::entry::Entry;
use crate::envd::account::Account;
use crate::envd::config::Ids;
use crate::envd::connect::{Code, RpcError};
use crate::envd::path::{ensure_directories, resolve};

fn invalid(message: impl std::fmt::Display) -> RpcError {
    RpcError::new(Code::InvalidArgument, message.to_string())
}

fn internal(message: impl std::fmt::Display) -> RpcError {
    RpcError::new(Code::Internal, message.to_string())
}

pub(super) fn stat(path: &str, account: Account) -> Result<Entry, RpcError> {
    Entry::read(&resolve(path, account).map_err(invalid)?)
}

/// Lists `depth` levels (0 counts as 1) without following links below the directory itself.
pub(super) fn list(path: &str, depth: u32, account: Account) -> Result<Vec<Entry>, RpcError> {
    let asked = resolve(path, account).map_err(invalid)?;
    let real =
        fs::canonicalize(&asked).map_err(|error| match (error.kind(), error.raw_os_error()) {
            (io::ErrorKind::NotFound, _) => RpcError::new(
                Code::NotFound,
                format!(
                    "path not found: lstat {}: no such file or directory",
                    asked.display()
                ),
            ),
            (_, Some(code)) if code == Errno::LOOP.raw_os_error() => RpcError::new(
                Code::FailedPrecondition,
                format!(
                    "cyclic symlink or chain >255 links at {:?}",
                    asked.display().to_string()
                ),
            ),
            _ => internal(format!("error resolving symlink: {error}")),
        })?;
    if !real.is_dir() {
        return Err(invalid(format!(
            "path is not a directory: {}",
            real.display()
        )));
    }
    let mut entries = Vec::new();
    walk(&real, &asked, depth.max(1), &mut entries).map_err(|error| {
        internal(format!(
            "error reading directory {}: {error}",
            real.display()
        ))
    })?;
    Ok(entries)
}

fn walk(real: &Path, shown: &Path, depth: u32, entries: &mut Vec<Entry>) -> io::Result<()> {
    let mut children: Vec<fs::DirEntry> = fs::read_dir(real)?.collect::<Result<_, _>>()?;
    children.sort_by_key(fs::DirEntry::file_name);
    for child in children {
        let shown = shown.join(child.file_name());
        // An entry that vanished while we walked is left out.
        let Ok(entry) = Entry::read(&shown) else {
            continue;
        };
        entries.push(entry);
        if depth > 1 && child.file_type()?.is_dir() {
            walk(&child.path(), &shown, depth - 1, entries)?;
        }
    }
    Ok(())
}

pub(super) fn make_directory(path: &str, account: Account, ids: Ids) -> Result<Entry, RpcError> {
    let path = resolve(path, account).map_err(invalid)?;
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => {
            return Err(RpcError::new(
                Code::AlreadyExists,
                format!("directory already exists: {}", path.display()),
            ));
        }
        Ok(_) => {
            return Err(invalid(format!(
                "path already exists but it is not a directory: {}",
                path.display()
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(internal(format!("error getting file info: {error}"))),
    }
    ensure_directories(&path, account, ids).map_err(internal)?;
    Entry::read(&path)
}

pub(super) fn rename(
    source: &str,
    destination: &str,
    account: Account,
    ids: Ids,
) -> Result<Entry, RpcError> {
    let source = resolve(source, account).map_err(invalid)?;
    let destination = resolve(destination, account).map_err(invalid)?;
    ensure_directories(&parent(&destination), account, ids).map_err(internal)?;
    fs::rename(&source, &destination).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => RpcError::new(
            Code::NotFound,
            format!(
                "source file not found: rename {} {}: no such file or directory",
                source.display(),
                destination.display()
            ),
        ),
        _ => internal(format!("error renaming: {error}")),
    })?;
    Entry::read(&destination)
}

/// Removes a file or a whole tree; what does not exist is removed already.
pub(super) fn remove(path: &str, account: Account) -> Result<(), RpcError> {
    let path = resolve(path, account).map_err(invalid)?;
    let removed = match fs::symlink_metadata(&path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
        Ok(_) => fs::remove_file(&path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(internal(format!(
                "error removing file or directory: {error}"
            )))
        }
        _ => Ok(()),
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}
