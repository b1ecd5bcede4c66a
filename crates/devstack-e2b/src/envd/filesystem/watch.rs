//! Watches directories with inotify and tells events in envd's words: names relative to the watched
//! directory; a recursive watch follows directories that appear later.

use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use serde::Serialize;
use tokio::io::unix::AsyncFd;

use super::entry::Entry;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum EventType {
    #[serde(rename = "EVENT_TYPE_CREATE")]
    Create,
    #[serde(rename = "EVENT_TYPE_WRITE")]
    Write,
    #[serde(rename = "EVENT_TYPE_REMOVE")]
    Remove,
    #[serde(rename = "EVENT_TYPE_RENAME")]
    Rename,
    #[serde(rename = "EVENT_TYPE_CHMOD")]
    Chmod,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FilesystemEvent {
    name: String,
    #[serde(rename = "type")]
    kind: EventType,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Entry>,
}

/// What to watch.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) root: PathBuf,
    pub(super) recursive: bool,
    pub(super) include_entry: bool,
}

/// An inotify instance and the directories behind its watch numbers.
#[derive(Debug)]
pub(super) struct Watch {
    inotify: AsyncFd<OwnedFd>,
    directories: HashMap<i32, PathBuf>,
    scope: Scope,
}

impl Watch {
    pub(super) fn start(scope: Scope) -> io::Result<Watch> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // SAFETY: the descriptor is owned by the `AsyncFd` and nobody else closes or replaces it.
        let inotify = unsafe { AsyncFd::register(inotify) }?;
        let mut watch = Watch {
            inotify,
            directories: HashMap::new(),
            scope,
        };
        watch.add(&watch.scope.root.clone())?;
        Ok(watch)
    }

    fn add(&mut self, directory: &Path) -> io::Result<()> {
        let flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MODIFY
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR;
        let number = inotify::add_watch(self.inotify.as_fd(), directory, flags)?;
        self.directories.insert(number, directory.to_owned());
        if self.scope.recursive {
            for child in std::fs::read_dir(directory)?.flatten() {
                if child.file_type().is_ok_and(|kind| kind.is_dir()) {
                    // A directory that vanished meanwhile needs no watch.
                    let _ = self.add(&child.path());
                }
            }
        }
        Ok(())
    }

    /// Waits for the next events.
    pub(super) async fn next(&mut self) -> io::Result<Vec<FilesystemEvent>> {
        loop {
            let mut raw = Vec::new();
            {
                let mut ready = self.inotify.readable().await?;
                let mut buffer = [MaybeUninit::uninit(); 16 << 10];
                let mut reader = inotify::Reader::new(self.inotify.as_fd(), &mut buffer);
                loop {
                    match reader.next() {
                        Ok(event) => {
                            let name = event.file_name().map(CStr::to_bytes).unwrap_or_default();
                            raw.push((
                                event.wd(),
                                event.events(),
                                OsStr::from_bytes(name).to_owned(),
                            ));
                            if reader.is_buffer_empty() {
                                break;
                            }
                        }
                        Err(rustix::io::Errno::AGAIN) => {
                            ready.clear_ready();
                            break;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            let events: Vec<_> = raw
                .into_iter()
                .flat_map(|(number, flags, name)| self.read(number, flags, &name))
                .collect();
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }

    fn read(&mut self, number: i32, flags: ReadFlags, name: &OsStr) -> Vec<FilesystemEvent> {
        let Some(directory) = self.directories.get(&number) else {
            return Vec::new();
        };
        let path = if name.is_empty() {
            directory.clone()
        } else {
            directory.join(name)
        };
        if flags.contains(ReadFlags::IGNORED) {
            self.directories.remove(&number);
            return Vec::new();
        }
        if self.scope.recursive
            && flags.contains(ReadFlags::ISDIR)
            && flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO)
        {
            // It may be gone again; then there is nothing to watch.
            let _ = self.add(&path);
        }
        let name = path
            .strip_prefix(&self.scope.root)
            .map_or_else(|_| path.clone(), Path::to_owned);
        let name = if name.as_os_str().is_empty() {
            ".".to_owned()
        } else {
            name.to_string_lossy().into_owned()
        };
        [
            (ReadFlags::CREATE | ReadFlags::MOVED_TO, EventType::Create),
            (ReadFlags::MOVED_FROM, EventType::Rename),
            (ReadFlags::ATTRIB, EventType::Chmod),
            (ReadFlags::MODIFY, EventType::Write),
            (ReadFlags::DELETE, EventType::Remove),
        ]
        .into_iter()
        .filter(|(mask, _)| flags.intersects(*mask))
        .map(|(_, kind)| FilesystemEvent {
            name: name.clone(),
            kind,
            entry: self
                .scope
                .include_entry
                .then(|| Entry::read(&path).ok())
                .flatten(),
        })
        .collect()
    }
}
