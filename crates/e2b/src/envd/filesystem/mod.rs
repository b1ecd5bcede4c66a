//! The sandbox's files by `filesystem.Filesystem` (reference/e2b.md §3.5).

mod change;
mod watch;

pub use watch::{FolderChange, FolderChangeKind, FolderChanges};

use serde::{Deserialize, Serialize};
use transport::Http;

use super::{Envd, EnvdError};
use crate::time;

const SERVICE: &str = "filesystem.Filesystem";

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Last part of the path.
    pub name: String,
    /// Absolute path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Size in bytes.
    pub bytes: u64,
    /// Permissions as `ls` writes them; empty when envd does not say.
    pub permissions: String,
    /// Owner's name; empty when envd does not say.
    pub owner: String,
    /// Last change in milliseconds since 1970, when envd says so.
    pub modified_at: Option<u64>,
    /// Where a link leads to.
    pub link_target: Option<String>,
}

/// What an [`Entry`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket or a pipe.
    Other,
}

impl<H: Http> Envd<'_, H> {
    /// Entries below a folder, down to `depth` levels, 1 at least.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`], [`EnvdError::Invalid`] for a file; see [`EnvdError`].
    pub async fn list_dir(&self, path: &str, depth: u32) -> Result<Vec<Entry>, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            path: &'a str,
            depth: u32,
        }
        #[derive(Deserialize)]
        struct Reply {
            #[serde(default)]
            entries: Vec<Wire>,
        }
        let request = Request {
            path,
            depth: depth.max(1),
        };
        let reply: Reply = self.unary(SERVICE, "ListDir", &request).await?;
        Ok(reply.entries.into_iter().map(Entry::from).collect())
    }

    /// A file or folder; `None` when there is none.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn stat(&self, path: &str) -> Result<Option<Entry>, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            path: &'a str,
        }
        #[derive(Deserialize)]
        struct Reply {
            entry: Wire,
        }
        match self
            .unary::<Reply>(SERVICE, "Stat", &Request { path })
            .await
        {
            Ok(reply) => Ok(Some(reply.entry.into())),
            Err(EnvdError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    name: String,
    #[serde(default)]
    path: String,
    #[serde(default, rename = "type")]
    kind: String,
    /// An int64 of protobuf's JSON is a text; older envd leave it out.
    #[serde(default)]
    size: Option<Int64>,
    #[serde(default)]
    permissions: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    modified_time: Option<String>,
    #[serde(default)]
    symlink_target: Option<String>,
}

/// `"12"`, as the protocol says, or `12`, as some servers write.
#[derive(Deserialize)]
#[serde(try_from = "serde_json::Value")]
struct Int64(u64);

impl TryFrom<serde_json::Value> for Int64 {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        let number = match &value {
            serde_json::Value::String(text) => text.parse().ok(),
            serde_json::Value::Number(number) => number.as_u64(),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| format!("{value} is not a size"))
    }
}

impl From<Wire> for Entry {
    fn from(wire: Wire) -> Self {
        Self {
            kind: match wire.kind.as_str() {
                "FILE_TYPE_FILE" => EntryKind::File,
                "FILE_TYPE_DIRECTORY" => EntryKind::Directory,
                "FILE_TYPE_SYMLINK" => EntryKind::Symlink,
                _ => EntryKind::Other,
            },
            name: wire.name,
            path: wire.path,
            bytes: wire.size.map_or(0, |size| size.0),
            permissions: wire.permissions,
            owner: wire.owner,
            modified_at: wire.modified_time.as_deref().and_then(time::unix_ms),
            link_target: wire.symlink_target.filter(|target| !target.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::testing::with;

    #[test]
    fn entries_are_read_with_absent_zeros() {
        let script = Script::new().reply(
            200,
            r#"{"entries":[
                {"name":"a.csv","type":"FILE_TYPE_FILE","path":"/data/out/a.csv","size":"12","permissions":"-rw-r--r--","owner":"user","modifiedTime":"1970-01-01T00:00:01Z"},
                {"name":"empty","type":"FILE_TYPE_FILE","path":"/data/out/empty"},
                {"name":"d","type":"FILE_TYPE_DIRECTORY","path":"/data/out/d","size":4096},
                {"name":"l","type":"FILE_TYPE_SYMLINK","path":"/data/out/l","symlinkTarget":"/etc"}]}"#,
        );
        let entries = with(&script, async |envd| envd.list_dir("/data/out", 0).await).unwrap();
        let facts: Vec<_> = entries
            .iter()
            .map(|e| (e.name.as_str(), e.kind, e.bytes, e.modified_at))
            .collect();
        assert_eq!(
            facts,
            [
                ("a.csv", EntryKind::File, 12, Some(1000)),
                ("empty", EntryKind::File, 0, None),
                ("d", EntryKind::Directory, 4096, None),
                ("l", EntryKind::Symlink, 0, None),
            ]
        );
        assert_eq!(entries[3].link_target.as_deref(), Some("/etc"));
        assert_eq!(
            script.written()[0],
            "POST https://49983-i01.e2b.app/filesystem.Filesystem/ListDir\naccept: application/json\nconnect-protocol-version: 1\ncontent-type: application/json\nx-access-token: tok\n\n{\"path\":\"/data/out\",\"depth\":1}"
        );
    }

    #[test]
    fn an_empty_folder_has_no_entries_and_a_missing_file_is_none() {
        let script = Script::new()
            .reply(200, "{}")
            .reply(404, r#"{"code":"not_found","message":"file not found"}"#)
            .reply(
                200,
                r#"{"entry":{"name":"a","type":"FILE_TYPE_FILE","path":"/a","size":"7"}}"#,
            );
        assert_eq!(
            with(&script, async |envd| envd.list_dir("/d", 1).await),
            Ok(Vec::new())
        );
        assert_eq!(with(&script, async |envd| envd.stat("/a").await), Ok(None));
        let entry = with(&script, async |envd| envd.stat("/a").await)
            .unwrap()
            .unwrap();
        assert_eq!(entry.bytes, 7);
    }
}
