//! The daemon inside a sandbox: its files and processes (reference/e2b.md §3).

mod access;
mod call;
mod error;
mod files;
mod filesystem;
mod gzip;
mod health;
mod pack;
mod patience;
mod place;
mod process;
mod shell;
mod unpack;
mod upload;
mod usage;

use std::cell::Cell;

use transport::Http;

pub use access::{EnvdAccess, EnvdToken};
pub use error::EnvdError;
pub use files::WrittenFile;
pub use filesystem::{Entry, EntryKind, FolderChange, FolderChangeKind, FolderChanges};
pub use patience::Patience;
pub use place::{PartPlace, WholePlace};
pub use process::{
    Completed, Ended, Pid, ProcessEvent, ProcessEvents, ProcessStart, RunningProcess, Selector,
    Signal, TerminalSize,
};
pub use unpack::{ARCHIVE_CONTENTS, ARCHIVE_SUMS};
pub use upload::{DownloadRequest, UploadRequest, read_upload};

/// Calls of one sandbox's envd.
pub struct Envd<'a, H> {
    http: &'a H,
    access: EnvdAccess,
    now: Cell<Option<u64>>,
}

impl<'a, H: Http> Envd<'a, H> {
    /// Calls through `http` with what `access` allows.
    #[must_use]
    pub fn new(http: &'a H, access: EnvdAccess) -> Self {
        Self {
            http,
            access,
            now: Cell::new(None),
        }
    }

    /// Seconds since 1970 when the sandbox last answered, by its own clock: what a signature's end is
    /// held against. `None` before the first answer, and where none tells its time.
    #[must_use]
    pub fn now(&self) -> Option<u64> {
        self.now.get()
    }

    /// What the calls are made with.
    #[must_use]
    pub fn access(&self) -> &EnvdAccess {
        &self.access
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use transport::testing::Script;

    use super::{Envd, EnvdAccess, EnvdToken};
    use crate::EnvdVersion;

    /// Runs `call` against a script, as a secured sandbox with a recent envd.
    pub(crate) fn with<T>(script: &Script, call: impl AsyncFnOnce(Envd<'_, Script>) -> T) -> T {
        let access = EnvdAccess {
            url: "https://49983-i01.e2b.app".into(),
            token: Some(EnvdToken::parse("tok").unwrap()),
            version: EnvdVersion::new(0, 9, 1),
            user: None,
            routed_to: None,
        };
        with_access(script, access, call)
    }

    pub(crate) fn with_access<T>(
        script: &Script,
        access: EnvdAccess,
        call: impl AsyncFnOnce(Envd<'_, Script>) -> T,
    ) -> T {
        futures::executor::block_on(call(Envd::new(script, access)))
    }
}
