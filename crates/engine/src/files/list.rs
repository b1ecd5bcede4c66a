//! What is in a folder.

use e2b::{Entry, EntryKind};
use messages::Problem;
use messages::engine::{Folder, FolderEntry, FolderEntryKind, ListFolder};

use super::ask;
use crate::state::Engine;

/// Entries that are told of a folder. A list of more is of no use to a person, and each is a row.
const MOST: usize = 1_000;

/// Lists it.
///
/// # Errors
/// `NoSandbox`, `EntryMissing`, `EntryRefused` for a file.
pub(crate) async fn list(engine: &Engine, call: &ListFolder) -> Result<Folder, Problem> {
    let entries = ask(engine, &call.configuration, async |envd, _| {
        envd.list_dir(&call.path, 1).await
    });
    let mut entries: Vec<FolderEntry> = entries.await?.into_iter().map(view).collect();
    entries.sort_by(|one, other| {
        let key = |it: &FolderEntry| it.kind != FolderEntryKind::Folder;
        (key(one), &one.name).cmp(&(key(other), &other.name))
    });
    let more = entries.len().saturating_sub(MOST) as u64;
    entries.truncate(MOST);
    Ok(Folder {
        path: call.path.clone(),
        entries,
        more,
    })
}

fn view(entry: Entry) -> FolderEntry {
    FolderEntry {
        kind: match entry.kind {
            EntryKind::Directory => FolderEntryKind::Folder,
            EntryKind::File => FolderEntryKind::File,
            EntryKind::Symlink => FolderEntryKind::Link,
            EntryKind::Other => FolderEntryKind::Other,
        },
        name: entry.name,
        path: entry.path,
        bytes: entry.bytes,
        modified_at: entry.modified_at,
        link_target: entry.link_target,
    }
}
