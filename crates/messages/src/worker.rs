//! The calls that the service worker answers.
//!
//! The first half comes from panel and popup, the second from the engine, which never sees a
//! Storage token or an e2b key: it gets signed URLs and the sandbox's own token.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use runtime::plan::Input as RunInput;

use crate::ConfigurationUrl;
use crate::call::calls;

calls! {
    /// Every call of the worker.
    WorkerCall at Worker {
        ReadContext => Context,
        ReadKeys => Keys,
        StoreE2bKey => E2bKeyReport,
        TestE2bKey => E2bKeyReport,
        ForgetE2bKey => (),
        StoreToken => TokenReport,
        ForgetToken => (),
        ReadSettings => Settings,
        StoreSettings => (),
        ReadSecrets => Vec<SecretParameter>,
        StoreSecret => (),
        ListSandboxes => Vec<SandboxView>,
        TerminateSandbox => (),
        StartEngine => (),
        EngineRuns => bool,
        PlanRun => PlannedRun,
        CreateSandbox => SandboxAccess,
        ExtendSandbox => (),
        StartExport => ExportStarted,
        ReadExport => ExportState,
        DescribeFile => RunInput,
        PrepareUpload => PreparedUpload,
        AbandonUpload => (),
        AttachFile => (),
        DetachFile => (),
    }
}

// ---- from panel and popup ----

/// Which configuration does the asking frame's tab show? The answer comes from the browser (the
/// sender's tab), not from the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadContext {}

/// What the panel's head shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The configuration of the tab.
    pub configuration: ConfigurationUrl,
    /// Its name, when a token allowed to read it.
    pub name: Option<String>,
    /// Its version, when a token allowed to read it.
    pub version: Option<u64>,
}

/// Which keys are there (never the keys themselves)?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadKeys {
    /// Whose Storage token; `None` in the popup, which asks for the e2b key only.
    pub configuration: Option<ConfigurationUrl>,
}

/// The keys that are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Last four characters of the e2b key.
    pub e2b_key: Option<KeyHint>,
    /// The Storage token of the configuration's project.
    pub token: Option<TokenReport>,
    /// How many Storage tokens are kept, of all projects.
    pub tokens: u32,
}

/// The last four characters of a key: all that is ever shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHint {
    /// Exactly the last four characters.
    pub last4: String,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Keeps the e2b key in the vault, whatever its state; the reply tells the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreE2bKey {
    /// As typed; blanks and quotes around it are dropped.
    pub key: Secret,
}

/// Tries the stored e2b key with a list call, which creates nothing and costs nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestE2bKey {}

/// What a try of the e2b key told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct E2bKeyReport {
    /// Last four characters of the key.
    pub hint: KeyHint,
    /// What e2b said.
    pub state: E2bKeyState,
    /// A doubt about the key's shape, in words; never a refusal.
    pub warning: Option<String>,
}

/// The four outcomes of a key test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum E2bKeyState {
    /// Works.
    Valid {
        /// How many sandboxes of the key run now, when the service says so.
        running: Option<u32>,
        /// How long the answer took, in milliseconds.
        latency_ms: u32,
    },
    /// 401.
    Invalid,
    /// 403: the key is known, its team is blocked.
    Blocked,
    /// No answer, or one that is not e2b's; in words.
    Unreachable(String),
}

/// Drops the e2b key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetE2bKey {}

/// Verifies a Storage token against the configuration's stack and project, and keeps it when it fits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreToken {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
    /// As typed; blanks around it are dropped.
    pub token: Secret,
}

/// Who a token is and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenReport {
    /// Last four characters.
    pub hint: KeyHint,
    /// The token's description, as its creator wrote it.
    pub description: String,
    /// Name of the project.
    pub project_name: String,
    /// Number of the project.
    pub project: String,
    /// ISO time of its end; `None` when it does not end.
    pub expires: Option<String>,
    /// Whether it is a person's own full-power token.
    pub is_master: bool,
    /// What it lacks for the work here, each in words; empty when nothing.
    pub lacks: Vec<String>,
}

/// Drops the Storage token of the configuration's project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetToken {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// Settings of a configuration, with the defaults filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadSettings {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// Keeps the settings of a configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreSettings {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
    /// All of them.
    pub settings: Settings,
}

/// How runs of a configuration are done. Nothing secret: kept in `chrome.storage.local`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Sandbox template, by name or id.
    pub template: String,
    /// Life of a sandbox, in seconds, 30 to 86,400.
    pub life_seconds: u32,
    /// Time limit of a run, in seconds; 0 is none.
    pub limit_seconds: u32,
    /// Variables added to the script's environment.
    pub environment: BTreeMap<String, String>,
    /// Go on in the sandbox of the last run while it lives.
    pub reuse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            template: "code-interpreter-v1".to_owned(),
            life_seconds: 300,
            limit_seconds: 0,
            environment: BTreeMap::new(),
            reuse: true,
        }
    }
}

/// Which parameters of the configuration are encrypted, and what was done about each?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadSecrets {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// An encrypted parameter of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretParameter {
    /// Dotted path inside the user parameters, for example `db.#password`.
    pub path: String,
    /// What a run does with it.
    pub choice: SecretChoice,
}

/// What a run does with an encrypted parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretChoice {
    /// Nothing was chosen yet: the run asks.
    Open,
    /// A value was entered for this browser session.
    Entered,
    /// Left out on purpose: the script gets an empty text.
    LeftOut,
}

/// Enters the value of an encrypted parameter for this browser session, or leaves it out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreSecret {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
    /// See [`SecretParameter::path`].
    pub path: String,
    /// The value; `None` leaves it out on purpose.
    pub value: Option<Secret>,
}

/// The sandboxes of the e2b key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListSandboxes {}

/// A sandbox as the lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxView {
    /// Opaque id.
    pub id: String,
    /// Template's name or id.
    pub template: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
    /// Whether it is paused.
    pub paused: bool,
    /// The configuration's key when this extension made it.
    pub configuration: Option<String>,
    /// vCPUs and memory in MB, when the service says so.
    pub size: Option<(u32, u32)>,
}

/// Ends a sandbox. One that is gone already counts as ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TerminateSandbox {
    /// See [`SandboxView::id`].
    pub id: String,
}

/// Makes sure that the engine's document exists; replies when it listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartEngine {}

/// Does the engine's document exist? The popup asks, so as not to start it just to hear "nothing".
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EngineRuns {}

// ---- from the engine ----

/// Reads the configuration fresh and turns it into what a run needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanRun {
    /// Which.
    pub configuration: ConfigurationUrl,
    /// The run's id, for `KBC_RUNID`.
    pub run: String,
}

/// All that a run needs but the bytes of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// The configuration's name, for people.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The script.
    pub code: String,
    /// `base`, `3.12`, …
    pub venv: String,
    /// Packages in the order in which they are installed, `keboola.component` first.
    pub packages: Vec<String>,
    /// Text of `/data/config.json`, with the entered secrets in it.
    pub config_json: String,
    /// Text of `/data/in/state.json`.
    pub state_json: String,
    /// Environment of the script.
    pub environment: BTreeMap<String, String>,
    /// Values to mask in the log.
    pub mask: Vec<Secret>,
    /// The input tables, each exported by [`StartExport`] unless the sandbox has `cache_key`.
    pub tables: Vec<PlannedTable>,
    /// Ids of the input files, by mapping or attached, each described by [`DescribeFile`].
    pub files: Vec<u64>,
    /// Settings in force.
    pub settings: Settings,
    /// The output mapping as JSON text (`{"tables":[…],"files":[…]}`), to show what applies.
    pub output_mapping: String,
}

/// An input table of a planned run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTable {
    /// Table id, `in.c-bucket.table`.
    pub table: String,
    /// Path below `/data`, `in/tables/{destination}`.
    pub path: String,
    /// Equal keys mean equal content; `None` when that cannot be known.
    pub cache_key: Option<String>,
    /// The manifest, as JSON text.
    pub manifest: String,
    /// Names of the columns, in the order of the export.
    pub columns: Vec<String>,
    /// Body of the export request, as JSON text.
    pub export: String,
}

/// Creates a sandbox that carries our mark and a finite life.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateSandbox {
    /// Whose.
    pub configuration: ConfigurationUrl,
    /// The run that asks, to find the sandbox again when the answer is lost.
    pub run: String,
}

/// What a sandbox's own API needs: a capability for this sandbox only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxAccess {
    /// Opaque id.
    pub id: String,
    /// Base URL of its envd.
    pub envd_url: String,
    /// `X-Access-Token`, on secured sandboxes.
    pub token: Option<Secret>,
    /// Version of its envd, for the gates.
    pub envd_version: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
    /// The template it was made from.
    pub template: String,
}

/// Moves the end of a sandbox's life to `seconds` from now; never earlier than it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExtendSandbox {
    /// Which.
    pub id: String,
    /// From now.
    pub seconds: u32,
    /// The end that is known, in milliseconds since 1970.
    pub ends_at: u64,
}

/// Starts the export of an input table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartExport {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// The table, with the body of the request.
    pub table: PlannedTable,
}

/// An export that Keboola works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportStarted {
    /// Id of the Storage job.
    pub job: String,
}

/// Has an export ended?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadExport {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// See [`ExportStarted::job`].
    pub job: String,
    /// The table that is exported.
    pub table: PlannedTable,
}

/// Where an export stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Keboola still works on it.
    Working,
    /// Ready to be fetched.
    Ready(RunInput),
}

/// Describes a file of Storage for the runner: signed URLs, manifest, place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DescribeFile {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// Prepares a file in Storage and signs the one request that uploads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrepareUpload {
    /// Whose project, and whose tag.
    pub configuration: ConfigurationUrl,
    /// Name in Storage.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// MIME type.
    pub content_type: String,
    /// SHA-256 of the content in lower-case hex: the cloud storage refuses other bytes.
    pub sha256: String,
    /// The user's own tags.
    pub tags: Vec<String>,
}

/// A prepared file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedUpload {
    /// Its id in Storage.
    pub file: u64,
    /// The request that uploads it.
    pub put: SignedPut,
    /// The tags that it has.
    pub tags: Vec<String>,
}

/// A PUT that carries its own permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPut {
    /// Signed URL.
    pub url: String,
    /// Headers that are part of the signature.
    pub headers: Vec<(String, String)>,
}

/// Deletes a prepared file that got no bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// Whose project.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// Makes a file of Storage an input of every later run of this configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttachFile {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}

/// Takes that back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DetachFile {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// Id of the file.
    pub file: u64,
}
