//! e2b's wire contracts: control plane, envd files, Connect streams, version gates.
//!
//! [`Control`] speaks to the control plane with the account's [`ApiKey`]: create, list, extend,
//! delete. [`Envd`] speaks to the daemon inside one sandbox with that sandbox's own [`EnvdToken`]:
//! files and processes. The two never share a credential, so whoever holds an [`EnvdAccess`] can do
//! nothing to the account.
//!
//! Both build requests and read replies; [`transport::Http`] carries them and waits. Nothing here looks
//! at a clock.

pub mod connect;
pub mod control;
pub mod endpoint;
pub mod envd;
pub mod error;
pub mod id;
pub mod key;
mod reply;
pub mod signature;
mod time;
pub mod version;

pub use control::{Control, CreateSandbox, KeyCheck, ListedSandbox, Metrics, Sandbox, Template};
pub use endpoint::{BadEndpoint, Domain, ENVD_PORT, Endpoint, Profile};
pub use envd::{
    ARCHIVE_CONTENTS, ARCHIVE_SUMS, Completed, DownloadRequest, Ended, Entry, EntryKind, Envd,
    EnvdAccess, EnvdError, EnvdToken, FolderChange, FolderChangeKind, FolderChanges, PartPlace,
    Patience, Pid, ProcessEvent, ProcessEvents, ProcessStart, RunningProcess, Selector, Signal,
    TerminalSize, UploadRequest, WholePlace, WrittenFile, read_upload,
};
pub use error::E2bError;
pub use id::{BadSandboxId, SandboxId};
pub use key::{ApiKey, BadApiKey};
pub use signature::{FileOperation, FileSignature, sign};
pub use version::EnvdVersion;
