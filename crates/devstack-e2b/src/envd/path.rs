//! How envd reads a path: `~` and relative paths belong to the user's home, absolute paths stand as
//! they are; missing parents are created for the user (`reference/e2b.md` §3.3).

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use super::account::Account;
use super::config::Ids;

/// Why a path could not be used.
#[derive(Debug, Error)]
pub(crate) enum PathError {
    #[error(
        "failed to expand path '{path}' for user '{user}': cannot expand user-specific home dir"
    )]
    ForeignHome { path: String, user: &'static str },
    #[error("path is a file: {0}")]
    IsFile(String),
    #[error("failed to {action} directory '{path}': {source}")]
    Directory {
        action: &'static str,
        path: String,
        source: io::Error,
    },
}

/// Resolves what a client sent; an empty path is the home directory.
pub(crate) fn resolve(path: &str, account: Account) -> Result<PathBuf, PathError> {
    let home = Path::new(account.home);
    if let Some(rest) = path.strip_prefix('~') {
        return if rest.is_empty() || rest.starts_with('/') {
            Ok(clean(&home.join(rest.trim_start_matches('/'))))
        } else {
            Err(PathError::ForeignHome {
                path: path.to_owned(),
                user: account.name,
            })
        };
    }
    if path.starts_with('/') {
        return Ok(PathBuf::from(path));
    }
    Ok(clean(&home.join(path)))
}

/// Drops `.` and folds `..` without asking the file system, as Go's `filepath.Join` does.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::Prefix(_) | Component::Normal(_) => out.push(part),
        }
    }
    out
}

/// Creates the missing directories down to `path`, each 0755 and owned by the account, as root.
pub(crate) fn ensure_directories(path: &Path, account: Account, ids: Ids) -> Result<(), PathError> {
    let mut steps: Vec<&Path> = path.ancestors().collect();
    steps.reverse();
    for step in steps {
        let failed = |action| {
            let path = step.display().to_string();
            move |source| PathError::Directory {
                action,
                path,
                source,
            }
        };
        match fs::metadata(step) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(PathError::IsFile(step.display().to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match fs::create_dir(step) {
                    // Two uploads into one new directory race; the loser finds it made.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    other => other.map_err(failed("create"))?,
                }
                give(step, account, ids).map_err(failed("chown"))?;
            }
            Err(error) => return Err(failed("stat")(error)),
        }
    }
    Ok(())
}

/// Makes the account own the path. Where the sandbox has one uid only, everything is its own already.
pub(crate) fn give(path: &Path, account: Account, ids: Ids) -> io::Result<()> {
    match ids {
        Ids::Real => chown(path, Some(account.uid), Some(account.gid)),
        Ids::Single => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_resolve_as_envd_resolves_them() {
        let user = Account::default_user();
        for (given, expected) in [
            ("", "/home/user"),
            ("a.csv", "/home/user/a.csv"),
            ("in/../out/b.csv", "/home/user/out/b.csv"),
            ("../../data/x", "/data/x"),
            ("./x", "/home/user/x"),
            ("~", "/home/user"),
            ("~/x", "/home/user/x"),
            ("/data/in/tables/a b.csv", "/data/in/tables/a b.csv"),
            ("/data//in/../x", "/data//in/../x"),
        ] {
            assert_eq!(
                resolve(given, user).unwrap().to_str(),
                Some(expected),
                "{given:?}"
            );
        }
        assert_eq!(
            resolve("~root/x", user).unwrap_err().to_string(),
            "failed to expand path '~root/x' for user 'user': cannot expand user-specific home dir"
        );
    }

    #[test]
    fn a_file_in_the_way_is_told_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "kept").unwrap();
        let error = ensure_directories(&file.join("below"), Account::default_user(), Ids::Single)
            .unwrap_err();
        assert!(
            error.to_string().contains("stat") || error.to_string().contains("is a file"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }
}
