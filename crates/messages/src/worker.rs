//! The calls that the service worker answers.
//!
//! The first half comes from panel and popup, the second from the engine, which never sees a
//! Storage token or an e2b key: it gets signed URLs and the sandbox's own token.

mod configuration;
mod context;
mod jobs;
mod keys;
mod places;
mod run_notes;
mod runs;
mod sandboxes;
mod saving;
mod secrets;
mod service;
mod settings;
mod stored_files;
mod uploads;
mod versions;

pub use configuration::*;
pub use context::*;
pub use jobs::*;
pub use keys::*;
pub use places::*;
pub use run_notes::*;
pub use runs::*;
pub use sandboxes::*;
pub use saving::*;
pub use secrets::*;
pub use service::*;
pub use settings::*;
pub use stored_files::*;
pub use uploads::*;
pub use versions::*;

use crate::Problem;
use keboola::upload::Upload;

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
        CheckToken => TokenReport,
        CaptureToken => Option<TokenReport>,
        CancelCapture => (),
        ForgetToken => (),
        ReadSettings => Settings,
        StoreSettings => (),
        ReadSecrets => Vec<SecretParameter>,
        StoreSecret => (),
        ReadService => Service,
        DescribeService => Service,
        StoreService => Service,
        CheckService => ServiceReport,
        ListSandboxes => Vec<SandboxView>,
        TerminateSandbox => (),
        ListTemplates => Vec<TemplateView>,
        StartEngine => (),
        EngineRuns => bool,
        PlanRun => PlannedRun,
        CreateSandbox => SandboxAccess,
        ExtendSandbox => u64,
        SetBackSandbox => u64,
        PauseSandbox => (),
        ConnectSandbox => SandboxAccess,
        StartExport => ExportStarted,
        ReadExport => ExportState,
        DescribeFile => RunInput,
        PrepareUploads => Vec<Result<PreparedUpload, Problem>>,
        ListStoredFiles => Vec<StoredFile>,
        DeleteStoredFile => (),
        TagChecksum => (),
        OpenStoredFile => StoredContent,
        RenewUpload => Upload,
        SealPermission => String,
        OpenPermission => Option<UploadPermission>,
        AbandonUpload => (),
        NoteRun => (),
        ForgetRun => (),
        RecallRuns => Vec<RunNote>,
        AttachFiles => (),
        DetachFile => (),
        ReadConfiguration => ConfigurationView,
        ReadDraft => Option<Draft>,
        StoreDraft => (),
        ReviewSave => SaveReview,
        SaveConfiguration => SaveOutcome,
        ListVersions => Vec<VersionView>,
        CompareVersions => Vec<FieldChange>,
        RollBack => SaveOutcome,
        ListJobs => Vec<JobView>,
        StartJob => StartOutcome,
        ReadJob => JobNews,
        KillJob => JobView,
    }
}
