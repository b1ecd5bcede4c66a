//! What envd tells about one file, directory or link.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::envd::account::id_name;
use crate::envd::connect::{Code, RpcError};
use crate::envd::files::attributes;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum FileType {
    #[serde(rename = "FILE_TYPE_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "FILE_TYPE_FILE")]
    File,
    #[serde(rename = "FILE_TYPE_DIRECTORY")]
    Directory,
    #[serde(rename = "FILE_TYPE_SYMLINK")]
    Symlink,
}

/// `EntryInfo` in protobuf-JSON: zero values are left out, sizes are strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    name: String,
    #[serde(rename = "type", skip_serializing_if = "is_unspecified")]
    kind: FileType,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    mode: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    permissions: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    owner: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink_target: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_unspecified(kind: &FileType) -> bool {
    *kind == FileType::Unspecified
}

impl Entry {
    /// Reads an entry. A link is described by its target's type and mode, as envd does.
    pub(crate) fn read(path: &Path) -> Result<Entry, RpcError> {
        let found = fs::symlink_metadata(path).map_err(|error| not_read(path, &error))?;
        let target = found
            .is_symlink()
            .then(|| fs::canonicalize(path).ok())
            .flatten();
        let described = match &target {
            Some(target) => fs::metadata(target).ok(),
            None => Some(found.clone()),
        };
        let modified = Timestamp::new(
            found.mtime(),
            i32::try_from(found.mtime_nsec()).unwrap_or_default(),
        );
        Ok(Entry {
            name: path.file_name().map_or_else(
                || "/".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            ),
            kind: described.as_ref().map_or(FileType::Unspecified, file_type),
            path: path.to_string_lossy().into_owned(),
            size: (found.len() > 0).then(|| found.len().to_string()),
            mode: described.map_or(0, |described| described.mode() & 0o777),
            permissions: permissions(&found),
            owner: id_name(found.uid()),
            group: id_name(found.gid()),
            modified_time: modified.ok().map(|time| time.to_string()),
            symlink_target: target.map(|target| target.to_string_lossy().into_owned()),
            metadata: if found.is_file() {
                attributes::read(path)
            } else {
                BTreeMap::new()
            },
        })
    }
}

fn file_type(found: &Metadata) -> FileType {
    if found.is_file() {
        FileType::File
    } else if found.is_dir() {
        FileType::Directory
    } else if found.is_symlink() {
        FileType::Symlink
    } else {
        FileType::Unspecified
    }
}

fn not_read(path: &Path, error: &io::Error) -> RpcError {
    match error.kind() {
        io::ErrorKind::NotFound => RpcError::new(
            Code::NotFound,
            format!(
                "file not found: lstat {}: no such file or directory",
                path.display()
            ),
        ),
        _ => RpcError::new(Code::Internal, format!("error getting file info: {error}")),
    }
}

/// The text of Go's `FileMode.String`, which differs from `ls` for links and special bits.
fn permissions(found: &Metadata) -> String {
    let (mode, kind) = (found.mode(), found.file_type());
    let mut text = String::new();
    for (set, letter) in [
        (kind.is_dir(), 'd'),
        (kind.is_symlink(), 'L'),
        (kind.is_block_device() || kind.is_char_device(), 'D'),
        (kind.is_fifo(), 'p'),
        (kind.is_socket(), 'S'),
        (mode & 0o4000 != 0, 'u'),
        (mode & 0o2000 != 0, 'g'),
        (kind.is_char_device(), 'c'),
        (mode & 0o1000 != 0, 't'),
    ] {
        if set {
            text.push(letter);
        }
    }
    if text.is_empty() {
        text.push('-');
    }
    for bit in (0..9).rev() {
        text.push(if mode >> bit & 1 == 0 {
            '-'
        } else {
            match bit % 3 {
                2 => 'r',
                1 => 'w',
                _ => 'x',
            }
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn entries_have_the_words_of_envd() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("empty"), "").unwrap();
        fs::write(path("file"), "12345").unwrap();
        fs::create_dir(path("tmp")).unwrap();
        fs::set_permissions(path("file"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(path("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
        symlink("file", path("link")).unwrap();
        symlink("nowhere", path("dangling")).unwrap();
        for (name, kind, permissions, size) in [
            ("empty", Some("FILE_TYPE_FILE"), None, None),
            (
                "file",
                Some("FILE_TYPE_FILE"),
                Some("-rw-r-----"),
                Some("5"),
            ),
            (
                "tmp",
                Some("FILE_TYPE_DIRECTORY"),
                Some("dtrwxrwxrwx"),
                None,
            ),
            (
                "link",
                Some("FILE_TYPE_FILE"),
                Some("Lrwxrwxrwx"),
                Some("4"),
            ),
            (
                "dangling",
                Some("FILE_TYPE_SYMLINK"),
                Some("Lrwxrwxrwx"),
                Some("7"),
            ),
        ] {
            let entry = serde_json::to_value(Entry::read(&path(name)).unwrap()).unwrap();
            assert_eq!(
                entry.get("type").and_then(|kind| kind.as_str()),
                kind,
                "{entry}"
            );
            if let Some(permissions) = permissions {
                assert_eq!(entry["permissions"], permissions, "{name}");
            }
            if name != "tmp" {
                assert_eq!(
                    entry.get("size").and_then(|size| size.as_str()),
                    size,
                    "{name}"
                );
            }
            assert!(
                entry["modifiedTime"].as_str().unwrap().ends_with('Z'),
                "{entry}"
            );
        }
        assert_eq!(Entry::read(&path("none")).unwrap_err().code, Code::NotFound);
    }
}
