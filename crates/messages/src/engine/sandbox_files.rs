//! Looking into a configuration's sandbox: its folders and files.
//!
//! Paths are absolute, with `/` between their parts. Each call answers `NoSandbox` when none lives.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Makes a sandbox for a configuration, unless one lives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartSandbox {
    /// Whose.
    pub configuration: ConfigurationUrl,
}

/// The sandbox that a configuration's next run would use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSandbox {
    /// Its id.
    pub id: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
}

/// Is there one, and what of it is used?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookAtSandbox {
    /// Whose.
    pub configuration: ConfigurationUrl,
}

/// A live sandbox and its use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxState {
    /// Which.
    pub sandbox: LiveSandbox,
    /// What it uses; `None` when it does not say.
    pub usage: Option<SandboxUsage>,
}

/// Use of a sandbox now. Sizes are bytes; 0 where the sandbox does not say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxUsage {
    /// vCPUs.
    pub cpus: u32,
    /// Percent of one vCPU.
    pub cpu_percent: f64,
    /// Memory in use.
    pub memory_used: u64,
    /// Memory in all.
    pub memory: u64,
    /// Disk in use.
    pub disk_used: u64,
    /// Disk in all.
    pub disk: u64,
}

/// What is in a folder?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListFolder {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// The folder.
    pub path: String,
    /// How many entries are told at the most.
    pub at_most: u64,
}

/// A folder's content: folders first, then files, each by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The folder.
    pub path: String,
    /// The first of its entries.
    pub entries: Vec<FolderEntry>,
    /// How many more there are: a folder may hold millions.
    pub more: u64,
}

/// A file or folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderEntry {
    /// Its name.
    pub name: String,
    /// Its absolute path.
    pub path: String,
    /// What it is.
    pub kind: FolderEntryKind,
    /// Size in bytes.
    pub bytes: u64,
    /// Last change in milliseconds since 1970, when the sandbox says so.
    pub modified_at: Option<u64>,
    /// Where a link leads to.
    pub link_target: Option<String>,
}

/// What a [`FolderEntry`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderEntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A device, a socket or a pipe.
    Other,
}

/// Makes a folder, and those above it that are missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeFolder {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// The new folder.
    pub path: String,
}

/// Gives a file or folder another path. Nothing that exists is replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenameEntry {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// The path now.
    pub from: String,
    /// The path afterwards.
    pub to: String,
}

/// Deletes a file, or a folder with all that is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteEntry {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// Which.
    pub path: String,
}

/// Makes a file readable for some minutes. A folder is packed into an archive first, which is
/// deleted with [`DeleteEntry`] once it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenEntry {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// The file or folder.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
}

/// A file that can be read now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedEntry {
    /// Leave to read this one file; never to be visited, logged or kept.
    pub url: String,
    /// Headers to be sent along.
    pub headers: Vec<(String, String)>,
    /// Its path: the archive's where a folder was packed.
    pub path: String,
    /// Whether something in the folder changed while it was packed.
    pub changed: bool,
    /// Size in bytes.
    pub bytes: u64,
}
