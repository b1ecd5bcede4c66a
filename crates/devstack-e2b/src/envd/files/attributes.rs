//! Metadata of files: `X-Metadata-<key>` headers of an upload, kept as extended attributes under
//! `user.e2b.` (`reference/e2b.md` §3.3).

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use axum::http::{HeaderMap, StatusCode};
use rustix::fs::{XattrFlags, getxattr, listxattr, removexattr, setxattr};

use super::FileError;

const HEADER: &str = "x-metadata-";
const ATTRIBUTE: &str = "user.e2b.";
const MAX_KEY: usize = 246;
const MAX_TOTAL: usize = 4096;

/// Reads the metadata headers. They are request-wide: every file of the request gets them.
pub(super) fn from_headers(headers: &HeaderMap) -> Result<BTreeMap<String, String>, FileError> {
    let refuse = |message: String| FileError::new(StatusCode::BAD_REQUEST, message);
    let mut metadata = BTreeMap::new();
    let mut total = 0;
    for (name, value) in headers {
        let Some(key) = name.as_str().strip_prefix(HEADER) else {
            continue;
        };
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(refuse(format!(
                "metadata key '{key}' must have 1 to {MAX_KEY} bytes"
            )));
        }
        let value = value.as_bytes();
        if !value.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return Err(refuse(format!(
                "metadata value of '{key}' must be printable ASCII"
            )));
        }
        total += key.len() + value.len();
        metadata.insert(key.to_owned(), String::from_utf8_lossy(value).into_owned());
    }
    if total > MAX_TOTAL {
        return Err(refuse(format!(
            "metadata has {total} bytes, at most {MAX_TOTAL} are allowed"
        )));
    }
    Ok(metadata)
}

/// Replaces the metadata of a file.
pub(super) fn write(path: &Path, metadata: &BTreeMap<String, String>) -> io::Result<()> {
    for old in read(path).keys().filter(|key| !metadata.contains_key(*key)) {
        removexattr(path, format!("{ATTRIBUTE}{old}"))?;
    }
    for (key, value) in metadata {
        setxattr(
            path,
            format!("{ATTRIBUTE}{key}"),
            value.as_bytes(),
            XattrFlags::empty(),
        )?;
    }
    Ok(())
}

/// The metadata of a file; none where the file system keeps no attributes.
pub(crate) fn read(path: &Path) -> BTreeMap<String, String> {
    let mut names = vec![0; 64 << 10];
    let Ok(length) = listxattr(path, names.as_mut_slice()) else {
        return BTreeMap::new();
    };
    names.truncate(length);
    names
        .split(|byte| *byte == 0)
        .filter_map(|name| {
            let name = std::str::from_utf8(name).ok()?;
            let key = name.strip_prefix(ATTRIBUTE)?;
            let mut value = vec![0; MAX_TOTAL];
            let length = getxattr(path, name, value.as_mut_slice()).ok()?;
            value.truncate(length);
            Some((key.to_owned(), String::from_utf8_lossy(&value).into_owned()))
        })
        .collect()
}
