//! What is in a folder.

use e2b::{Entry, EntryKind};
use messages::Problem;
use messages::engine::{Folder, FolderEntry, FolderEntryKind, ListFolder};

use super::ask;
use crate::state::Engine;

/// Lists it.
///
/// # Errors
/// `NoSandbox`, `EntryMissing`, `EntryRefused` for a file.
pub(crate) async fn list(engine: &Engine, call: &ListFolder) -> Result<Folder, Problem> {
    let entries = ask(engine, &call.configuration, async |envd| {
        envd.list_dir(&call.path, 1).await
    });
    let mut entries: Vec<FolderEntry> = entries.await?.into_iter().map(view).collect();
    entries.sort_by(|one, other| {
        let key = |it: &FolderEntry| it.kind != FolderEntryKind::Folder;
        (key(one), &one.name).cmp(&(key(other), &other.name))
    });
    let most = usize::try_from(call.at_most).unwrap_or(usize::MAX);
    let more = entries.len().saturating_sub(most) as u64;
    entries.truncate(most);
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
