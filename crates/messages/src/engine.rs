//! The calls that the engine answers, and the events that it sends.
//!
//! Panel and popup connect a port named [`PORT`]; the engine first sends a [`Event::Snapshot`],
//! then every change. A configuration is named by [`ConfigurationUrl::key`].

mod sandbox_files;
mod terminal;

use serde::{Deserialize, Serialize};

pub use self::sandbox_files::{
    DeleteEntry, Folder, FolderEntry, FolderEntryKind, ListFolder, LiveSandbox, LookAtSandbox,
    MakeFolder, OpenEntry, OpenedEntry, RenameEntry, SandboxState, SandboxUsage, StartSandbox,
};
pub use self::terminal::{
    EndTerminal, OpenTerminal, OpenedTerminal, ResizeTerminal, TypeIntoTerminal,
};
use crate::call::calls;
use crate::worker::SandboxAccess;
use crate::{ConfigurationUrl, Problem};

/// Name of the ports that the engine listens on.
pub const PORT: &str = "engine-events";

calls! {
    /// Every call of the engine.
    EngineCall at Engine {
        Ping => (),
        PrepareRun => (),
        StartRun => RunStarted,
        StopRun => (),
        DropSandbox => (),
        DropSandboxes => Vec<String>,
        OwnedSandboxes => Vec<OwnedSandbox>,
        AdoptSandbox => (),
        SandboxExtended => (),
        StartUploads => UploadsStarted,
        CancelUpload => (),
        PauseUpload => (),
        RemoveUpload => (),
        ResumeUpload => (),
        AddToSandbox => SandboxCopy,
        TokenStored => (),
        StartSandbox => LiveSandbox,
        LookAtSandbox => Option<SandboxState>,
        ListFolder => Folder,
        MakeFolder => (),
        RenameEntry => (),
        DeleteEntry => (),
        OpenEntry => OpenedEntry,
        OpenTerminal => OpenedTerminal,
        TypeIntoTerminal => (),
        ResizeTerminal => (),
        EndTerminal => (),
    }
}

/// Is the engine there and listening?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ping {}

/// Run may be pressed in a moment: what can be started without the configuration is started now.
/// Nothing happens when there is no live sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrepareRun {
    /// Which.
    pub configuration: ConfigurationUrl,
}

/// Which code a run takes, and which inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOf {
    /// The configuration as it is saved, with its inputs as they are now.
    #[default]
    Saved,
    /// As it is saved with the edits that are not laid over it.
    Unsaved,
    /// The version that the debug job with this id ran, with the inputs that it had.
    DebugJob(String),
}

/// Runs the configuration's code in a sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartRun {
    /// Which.
    pub configuration: ConfigurationUrl,
    /// Which code, and which inputs.
    pub of: RunOf,
}

/// A run that has begun; all else comes as events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Its id.
    pub run: String,
}

/// Stops the run of a configuration: the whole process group, gently, then by force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StopRun {
    /// See [`RunStarted::run`].
    pub run: String,
}

/// Forgets a sandbox that was terminated, so that the next run makes a new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DropSandbox {
    /// Its id.
    pub id: String,
}

/// Forgets every sandbox, because another service comes into force; the reply are their ids. Refused
/// while a run goes on (`ServiceInUse`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DropSandboxes {}

/// Which sandboxes are kept for later runs?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnedSandboxes {}

/// A sandbox that is kept for the next run of its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedSandbox {
    /// Its id.
    pub id: String,
    /// Whether a run goes on in it.
    pub busy: bool,
}

/// Keeps a sandbox that was found for the next run of a configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdoptSandbox {
    /// Whose next run.
    pub configuration: ConfigurationUrl,
    /// The way into it.
    pub access: SandboxAccess,
}

/// A sandbox lives longer than was known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SandboxExtended {
    /// Its id.
    pub id: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
}

/// Uploads files; the `File`s travel beside the call, in the same order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartUploads {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// The files.
    pub files: Vec<NewUpload>,
    /// Where to.
    pub to: UploadTo,
}

/// Where uploads go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadTo {
    /// To Storage.
    Storage {
        /// The user's own tags.
        tags: Vec<String>,
        /// Fetch it into the sandbox, now where one lives, and before each later run.
        to_sandbox: bool,
    },
    /// Straight into the configuration's sandbox, which is made when none lives. Storage has no copy.
    Sandbox {
        /// Absolute path of a folder; made when it is not there.
        folder: String,
    },
}

/// One of the files of [`StartUploads`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewUpload {
    /// Name in Storage, or path below the sandbox's folder.
    pub name: String,
    /// SHA-256 in lower-case hex, where the panel knows it already.
    pub sha256: Option<String>,
}

/// Uploads that have begun; all else comes as events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadsStarted {
    /// Their ids, in the order of the files.
    pub uploads: Vec<String>,
}

/// Cancels an upload and deletes the prepared file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelUpload {
    /// See [`UploadsStarted::uploads`].
    pub upload: String,
}

/// Pauses an upload, or lets it go on. What was taken already stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PauseUpload {
    /// See [`UploadsStarted::uploads`].
    pub upload: String,
    /// Whether it is to rest.
    pub pause: bool,
}

/// Goes on with an upload that ended with the browser; the same `File`, chosen again, travels beside
/// the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResumeUpload {
    /// See [`UploadsStarted::uploads`].
    pub upload: String,
}

/// Takes an ended upload off the list. The file stays in Storage, but is no longer an input of runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveUpload {
    /// See [`UploadsStarted::uploads`].
    pub upload: String,
}

/// Makes a file of Storage an input of runs, and fetches it into the sandbox now, where one lives
/// and no run is using it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddToSandbox {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// A new Storage token of the configuration's project was stored: what waited for it goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenStored {
    /// Any configuration of the project.
    pub configuration: ConfigurationUrl,
}

/// What the engine tells every listener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// All that there is; sent first, replaces what the listener knew.
    Snapshot {
        /// The last run of each configuration.
        runs: Vec<RunView>,
        /// Every upload that was not removed.
        uploads: Vec<UploadView>,
        /// The log of each of the runs, by its id.
        logs: Vec<(String, Vec<LogLine>)>,
    },
    /// A run began or changed; replaces the last run of its configuration.
    Run(RunView),
    /// New lines of a run's log, in order.
    Log {
        /// The run.
        run: String,
        /// The lines; the first may continue the last line before (see [`LogLine::continues`]).
        lines: Vec<LogLine>,
    },
    /// Uploads began or changed, in the order in which they did.
    Uploads(Vec<UploadView>),
    /// A terminal shows more.
    Terminal {
        /// Its id.
        terminal: String,
        /// What it shows, in base64.
        shown: String,
        /// How many bytes it had shown before.
        before: u64,
    },
    /// A terminal ended.
    TerminalEnded {
        /// Its id.
        terminal: String,
        /// Why, in words.
        why: String,
    },
    /// An upload was taken off the list.
    UploadRemoved {
        /// Its id.
        upload: String,
    },
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Milliseconds since the run began in its sandbox, by the clock there.
    pub t: u32,
    /// Where it was written to.
    pub stream: LogStream,
    /// Its text without the newline, secrets masked.
    pub text: String,
    /// Whether it continues the line before of the same stream, which had not ended.
    pub continues: bool,
}

/// Where a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// The script's standard output.
    Stdout,
    /// The script's standard error.
    Stderr,
    /// The package installer.
    Install,
    /// Told by us: what happened to the run.
    Note,
}

/// A run as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// Its id.
    pub run: String,
    /// The configuration's key.
    pub configuration: String,
    /// The configuration's name, once it was read.
    pub name: Option<String>,
    /// Which code it runs, and on which inputs.
    pub of: RunOf,
    /// Begin, in milliseconds since 1970.
    pub started_at: u64,
    /// Where it stands.
    pub phase: RunPhase,
    /// The steps that began, in order.
    pub steps: Vec<StepView>,
    /// The sandbox, once there is one.
    pub sandbox: Option<RunSandbox>,
    /// The outputs, once the script has ended.
    pub outputs: Vec<OutputView>,
    /// From the press of Run to the first line of the script's output, in milliseconds.
    pub first_log_ms: Option<u32>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// Before the script ends.
    Running,
    /// Stop was pressed; the process group is ending.
    Stopping,
    /// Over.
    Ended(Box<RunEnd>),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// Exit code of the script, when it got that far.
    pub exit_code: Option<i32>,
    /// Name of the signal that ended it.
    pub signal: Option<String>,
    /// From the press of Run to the end, in milliseconds.
    pub total_ms: u32,
    /// What the script used, when it got that far and the runner could tell.
    pub usage: Option<RunUsage>,
    /// What went wrong; `None` is success.
    pub problem: Option<Problem>,
}

/// What a script used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunUsage {
    /// The most memory that it had, in bytes.
    pub peak_memory: u64,
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
}

/// The steps of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reading the configuration.
    Configuration,
    /// Creating or reusing the sandbox.
    Sandbox,
    /// Installing packages.
    Packages,
    /// Exporting and fetching inputs.
    Inputs,
    /// The script itself.
    Script,
    /// Looking at what it wrote.
    Outputs,
}

/// A step as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Which.
    pub step: Step,
    /// Begin, in milliseconds since the press of Run.
    pub began_ms: u32,
    /// How long it took; `None` while it goes on.
    pub took_ms: Option<u32>,
    /// Whether it failed.
    pub failed: bool,
    /// A few words: "reused, python 3.11", "3 tables, 1 file, 41 MB · 2 unchanged".
    pub detail: String,
}

/// The sandbox of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSandbox {
    /// Opaque id.
    pub id: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
    /// Whether it is gone.
    pub gone: bool,
}

/// A file below `/data/out`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputView {
    /// `out/tables` or `out/files`.
    pub kind: OutputKind,
    /// Name below that folder.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Records below the header; tables only.
    pub rows: Option<u64>,
    /// Names of the columns; tables only.
    pub columns: Vec<String>,
    /// The manifest's text, when there is one.
    pub manifest: Option<String>,
}

/// Which of the two output folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// `out/tables`.
    Table,
    /// `out/files`.
    File,
}

/// An upload as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadView {
    /// Its id.
    pub upload: String,
    /// The configuration's key.
    pub configuration: String,
    /// The file's name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its MIME type.
    pub content_type: String,
    /// SHA-256 in lower-case hex, once it was read.
    pub sha256: Option<String>,
    /// Where it stands.
    pub phase: UploadPhase,
    /// What went wrong just now and is being tried again.
    pub trouble: Option<String>,
    /// What else the person should know of it.
    pub note: Option<String>,
    /// Its id in Storage, once it was prepared.
    pub file: Option<u64>,
    /// Where it is in the sandbox.
    pub sandbox: SandboxCopy,
    /// Absolute path that it goes to, when it goes straight into the sandbox and not to Storage.
    pub straight_to: Option<String>,
}

/// Where an upload stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadPhase {
    /// Its turn has not come: a few files go at a time.
    Waiting,
    /// Being prepared in Storage.
    Preparing,
    /// Bytes are on their way.
    Sending {
        /// Bytes that the network took.
        sent: u64,
        /// Bytes a second, smoothed; 0 while it is not known.
        rate: u64,
        /// Seconds left; `None` while it is not known.
        seconds_left: Option<u32>,
    },
    /// Nothing is sent until it goes on.
    Paused {
        /// Bytes that the network took.
        sent: u64,
    },
    /// The browser was closed in mid-upload. It goes on when the same file is chosen again
    /// ([`ResumeUpload`]).
    Interrupted {
        /// Bytes that the cloud storage has taken, as far as it is known.
        sent: u64,
    },
    /// Where it was to go, complete.
    Stored,
    /// Did not work.
    Failed(Problem),
}

/// Where an uploaded file is in the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxCopy {
    /// Not asked for.
    None,
    /// Comes with the next run.
    NextRun,
    /// Being fetched.
    Fetching,
    /// There.
    There {
        /// Absolute path in the sandbox.
        path: String,
    },
    /// Did not work.
    Failed(Problem),
}
