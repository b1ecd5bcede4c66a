//! The one table of errors that a person sees: what happened, why, and what to press.
//!
//! Only the code and a detail cross a boundary; the words are looked up where they are shown. A
//! detail is a short fact (a name, a status, a limit) and never holds a secret.

use serde::{Deserialize, Serialize};

/// Something that did not work, told to the person who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which row of the table.
    pub code: ProblemCode,
    /// A fact of this case, in words: the table's name, the status and message of a server.
    pub detail: Option<String>,
}

impl Problem {
    /// A problem that its code says all of.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self { code, detail: None }
    }

    /// A problem with a fact of this case.
    #[must_use]
    pub fn with(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
        }
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

macro_rules! problems {
    ($( $code:ident $anchor:literal { what: $what:literal, why: $why:literal, action: $action:literal } )*) => {
        /// The rows of the table. The name is stable; the words may be bettered.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode {
            $( #[doc = $what] $code, )*
        }

        impl ProblemCode {
            /// Every row, in the order of the table.
            pub const ALL: &'static [Self] = &[$( Self::$code, )*];

            /// What happened, one sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $( Self::$code => $what, )* }
            }

            /// Why, one sentence.
            #[must_use]
            pub fn why(self) -> &'static str {
                match self { $( Self::$code => $why, )* }
            }

            /// What to do about it, one sentence.
            #[must_use]
            pub fn action(self) -> &'static str {
                match self { $( Self::$code => $action, )* }
            }

            /// The anchor in `docs/errors.md`.
            #[must_use]
            pub fn anchor(self) -> &'static str {
                match self { $( Self::$code => $anchor, )* }
            }
        }
    };
}

problems! {
    E2bKeyMissing "e2b-key-missing" {
        what: "There is no e2b key yet.",
        why: "A sandbox is created with your own e2b API key.",
        action: "Paste the key under Settings."
    }
    E2bKeyInvalid "e2b-key-invalid" {
        what: "e2b does not know this key.",
        why: "It was mistyped, cut off, or deleted in the e2b dashboard.",
        action: "Copy the key again from the dashboard and paste it under Settings."
    }
    E2bKeyBlocked "e2b-key-blocked" {
        what: "e2b knows the key, but its team is blocked.",
        why: "Usually a billing limit or a suspended team.",
        action: "Look at the team's billing page in the e2b dashboard."
    }
    E2bUnreachable "e2b-unreachable" {
        what: "e2b could not be reached.",
        why: "The network is down, or a proxy or firewall blocks the e2b domain.",
        action: "Check the connection, then try again."
    }
    E2bRefused "e2b-refused" {
        what: "e2b refused the request.",
        why: "The detail below is e2b's own answer.",
        action: "Correct what it names, then try again."
    }
    E2bBusy "e2b-busy" {
        what: "e2b has no room for a sandbox just now, or is too busy to answer.",
        why: "This passes; the detail below is its own answer.",
        action: "Try again in a minute."
    }
    ApiMissing "api-missing" {
        what: "There is no e2b API at this address.",
        why: "What answers does not know the call; often a part of the address is missing, such as /kruise/api.",
        action: "Correct the sandbox service under Settings."
    }
    ServiceInvalid "service-invalid" {
        what: "This is not the address of a service.",
        why: "The detail below names what cannot be.",
        action: "Correct it, then save again."
    }
    ServiceNotAllowed "service-not-allowed" {
        what: "The browser does not allow the hosts of this service.",
        why: "Calls to it, and to its sandboxes, go there; you were asked and did not allow it.",
        action: "Save again and confirm the browser's question."
    }
    ServiceInUse "service-in-use" {
        what: "A sandbox of the present service is in use.",
        why: "A run, an upload into it or a terminal goes on there, with the present service's key.",
        action: "Stop it or wait for its end, then save again."
    }
    DomainMismatch "domain-mismatch" {
        what: "The service sends its sandboxes to another domain than yours, where nothing answers.",
        why: "Settings and the service's manager (its E2B_DOMAIN) name different domains.",
        action: "Enter the manager's domain under Settings, or set E2B_DOMAIN of the manager to yours."
    }
    DomainInClear "domain-in-clear" {
        what: "The service sends its sandboxes to another host, without encryption.",
        why: "Plain http is used only to hosts that were entered under Settings; nothing was sent there.",
        action: "Enter that domain under Settings and accept plain http to it, or use https."
    }
    TemplateMissing "template-missing" {
        what: "The sandbox template does not exist.",
        why: "The name is mistyped, or the template belongs to another team.",
        action: "Choose another template under Settings."
    }
    TooManySandboxes "too-many-sandboxes" {
        what: "Your e2b plan allows no more sandboxes at the same time.",
        why: "Each running sandbox counts, also those started elsewhere.",
        action: "Terminate a sandbox that you do not need, then run again."
    }
    RateLimited "rate-limited" {
        what: "Too many requests in a short time.",
        why: "The service asks to wait.",
        action: "Wait for the time that the detail names, or for a minute, then try again."
    }
    SandboxLifeTooLong "sandbox-life-too-long" {
        what: "Your e2b plan, or the service, does not allow a sandbox to live that long.",
        why: "The detail names the limit.",
        action: "Choose another life under Settings."
    }
    SandboxVanished "sandbox-vanished" {
        what: "The sandbox is gone.",
        why: "Its life ended, or somebody terminated it, while the run was going on.",
        action: "Run again; choose a longer life under Settings if it ran out."
    }
    SandboxTokenRefused "sandbox-token-refused" {
        what: "The sandbox does not let the extension in any more.",
        why: "Somebody reset its access, or the service does not give it out again.",
        action: "Try again; if it stays, terminate the sandbox under Settings and start a new one."
    }
    SandboxBusy "sandbox-busy" {
        what: "The sandbox is not available at this moment.",
        why: "It is starting, being moved or short of resources; that passes.",
        action: "Wait a minute, then try again."
    }
    SandboxBroken "sandbox-broken" {
        what: "The sandbox answered in a way that was not expected.",
        why: "The template may lack what a run needs, or the service has a fault.",
        action: "Run again in a new sandbox; if it stays, choose another template."
    }
    NoSandbox "no-sandbox" {
        what: "No sandbox lives for this configuration.",
        why: "None was started yet, or its life ended with all that was in it.",
        action: "Start a sandbox, or run the configuration."
    }
    EntryMissing "entry-missing" {
        what: "That is not in the sandbox any more.",
        why: "A run, a command or another window removed or renamed it.",
        action: "Refresh the list."
    }
    EntryExists "entry-exists" {
        what: "Something of this name is there already.",
        why: "A new folder or a new name never replaces what exists.",
        action: "Choose another name."
    }
    EntryRefused "entry-refused" {
        what: "The sandbox did not do it.",
        why: "The detail below is its own answer; often the path belongs to the system.",
        action: "Correct what it names, or choose a path below /data or /home."
    }
    UploadOutlived "upload-outlived" {
        what: "The sandbox ended before the file was in it.",
        why: "Its life ran out, perhaps at the limit of your plan, or somebody terminated it.",
        action: "Press Retry, and the file goes into a new sandbox; one that takes longer than a sandbox may live goes by way of Keboola Storage."
    }
    UploadTooLong "upload-too-long" {
        what: "The file cannot be in the sandbox before that ends.",
        why: "Your plan does not let the sandbox live longer.",
        action: "Send it by way of Keboola Storage, or press Retry in a new sandbox."
    }
    FolderChanged "folder-changed" {
        what: "The folder was downloaded, but something in it changed meanwhile.",
        why: "A run or a command writes there while it is packed.",
        action: "Download it again when that is over, if all of it must be of one moment."
    }
    SandboxUploadFailed "sandbox-upload-failed" {
        what: "The file did not get into the sandbox.",
        why: "The connection to the sandbox broke or was refused.",
        action: "Press Retry; nothing unfinished stands at the file's place."
    }
    TokenMissing "token-missing" {
        what: "There is no Storage token for this project yet.",
        why: "Configuration, tables and files are read with a token of this project.",
        action: "Create a token in the project's settings and paste it under Settings."
    }
    TokenInvalid "token-invalid" {
        what: "Keboola does not accept this token.",
        why: "It was mistyped, deleted, or it has expired.",
        action: "Create a new token and paste it under Settings; nothing else is lost."
    }
    TokenRefused "token-refused" {
        what: "Keboola no longer accepts the Storage token.",
        why: "It was deleted, replaced or disabled in Keboola, or it has expired.",
        action: "Paste a new token of the project under Settings; uploads that wait for it then start by themselves."
    }
    TokenForeign "token-foreign" {
        what: "This token is of another project.",
        why: "Using it here would read and write the wrong project.",
        action: "Paste a token of the project that this page belongs to."
    }
    TokenForbidden "token-forbidden" {
        what: "The token has no right to do this.",
        why: "Its permissions do not cover what the configuration uses.",
        action: "Give the token the right that the detail names, or paste another."
    }
    CaptureEmpty "capture-empty" {
        what: "The page showed no token within 60 seconds.",
        why: "It made no request to Storage in this time, or in a way that cannot be seen.",
        action: "Try again and press something on the page meanwhile, or paste a token."
    }
    CaptureNotAllowed "capture-not-allowed" {
        what: "The extension may not look at the page's requests.",
        why: "The browser's question was declined, a policy forbids it, or the page was left.",
        action: "Try again on the configuration's page, or paste a token."
    }
    StorageUnreachable "storage-unreachable" {
        what: "Keboola Storage could not be reached.",
        why: "The network is down, or the stack does not answer.",
        action: "Check the connection, then try again."
    }
    StorageRefused "storage-refused" {
        what: "Keboola refused the request.",
        why: "The detail below is Keboola's own answer.",
        action: "Correct what it names, then try again."
    }
    StorageFault "storage-fault" {
        what: "Keboola had a fault.",
        why: "Its server answered with an error of its own, not with a refusal.",
        action: "Try again in a moment; if it stays, look at Keboola's status page."
    }
    StorageMaintenance "storage-maintenance" {
        what: "The Keboola stack is under maintenance.",
        why: "Keboola says so itself.",
        action: "Try again when it is over."
    }
    NotAConfiguration "not-a-configuration" {
        what: "This page is not a Custom Python configuration.",
        why: "The address does not name one, or the page has moved on.",
        action: "Open the configuration's page."
    }
    ConfigurationMissing "configuration-missing" {
        what: "The configuration does not exist.",
        why: "It was deleted, or the branch does not have it.",
        action: "Open the configuration again from the component's list."
    }
    ConfigurationMoved "configuration-moved" {
        what: "The configuration has a newer version than you saw.",
        why: "Somebody, or another window, saved it meanwhile.",
        action: "Press Refresh, look at what changed, then do it again."
    }
    ConfigurationShape "configuration-shape" {
        what: "The configuration cannot be changed safely.",
        why: "It has a key twice, or a value where an object belongs; the detail names it.",
        action: "Mend it in Keboola's own editor; nothing was written."
    }
    ConfigurationTooLarge "configuration-too-large" {
        what: "The configuration would be larger than Storage takes.",
        why: "Storage takes 4,000,000 bytes of JSON for a configuration.",
        action: "Shorten the code or the parameters, or keep data in files; nothing was written."
    }
    DraftNotKept "draft-not-kept" {
        what: "Your edits could not be kept for later.",
        why: "The browser's memory for this extension is full; it takes 10 MB.",
        action: "Save them before you close the panel, or take the large text out."
    }
    DraftMissing "draft-missing" {
        what: "There are no unsaved edits to run.",
        why: "Another panel or window saved or discarded them meanwhile.",
        action: "Run what is saved under Run, or edit under Config."
    }
    EncryptionFailed "encryption-failed" {
        what: "A secret could not be encrypted.",
        why: "Keboola's encryption service did not answer, or not with ciphertext.",
        action: "Try again in a moment; nothing was written, and the secret stands nowhere in clear."
    }
    SaveUnknown "save-unknown" {
        what: "It is not known whether the configuration was saved.",
        why: "The connection broke before Storage answered, and it could not be asked afterwards.",
        action: "Look at the versions once the connection is back; your edits are kept here."
    }
    QueueUnreachable "queue-unreachable" {
        what: "Keboola's job queue could not be reached.",
        why: "The network is down, or the stack's queue does not answer.",
        action: "Check the connection, then try again; jobs that were started go on without this panel."
    }
    JobStartUnknown "job-start-unknown" {
        what: "It is not known whether the job was started.",
        why: "The queue did not answer the start, and its list shows no new job yet.",
        action: "Press Refresh in a moment; the next start looks for this one first, so that none runs twice."
    }
    JobOver "job-over" {
        what: "The job can no longer be ended.",
        why: "It was over, or somebody was ending it already.",
        action: "Look at its state; nothing else is needed."
    }
    ReplayMissing "replay-missing" {
        what: "The debug job's inputs are not there any more.",
        why: "It ended before its script began, or its archive stage_0.zip was deleted; Storage keeps it for some days.",
        action: "Start another debug job, or run the configuration with its inputs as they are now."
    }
    NoCode "no-code" {
        what: "The configuration has no code.",
        why: "The code field is empty as it is saved now.",
        action: "Write the code in the configuration, save it, then run again."
    }
    GitSource "git-source" {
        what: "The configuration takes its code from a git repository.",
        why: "Runs of code from git are not supported yet.",
        action: "Set the code's source to the text field, or start a real job."
    }
    VenvUnsupported "venv-unsupported" {
        what: "The configuration asks for a Python environment that is not supported yet.",
        why: "Only the base environment runs in the sandbox so far.",
        action: "Set the environment to base, or start a real job."
    }
    UserPropertiesInvalid "user-properties-invalid" {
        what: "The user parameters are not an object.",
        why: "A script reads them by name; the real job refuses a list too.",
        action: "Correct the user parameters in the configuration."
    }
    SecretsNeeded "secrets-needed" {
        what: "The configuration holds secrets that nobody can read back.",
        why: "Keboola encrypts them and decrypts them only inside a job.",
        action: "Enter them for this browser session, or leave them out."
    }
    InputTableMissing "input-table-missing" {
        what: "A table of the input mapping does not exist.",
        why: "It was deleted or renamed, or the token may not see it.",
        action: "Correct the input mapping, or give the token access to its bucket."
    }
    MappingInvalid "mapping-invalid" {
        what: "The input or output mapping has a mistake.",
        why: "The real job would refuse it too.",
        action: "Correct the mapping in the configuration."
    }
    ExportFailed "export-failed" {
        what: "Keboola could not export an input table.",
        why: "The detail below is Keboola's own answer.",
        action: "Correct what it names, then run again."
    }
    InputFailed "input-failed" {
        what: "An input did not arrive in the sandbox.",
        why: "The sandbox could not download it from Storage.",
        action: "Run again; if it stays, look at the detail."
    }
    SandboxFull "sandbox-full" {
        what: "The sandbox's disk is full.",
        why: "Inputs, packages and outputs share the disk that the template has.",
        action: "Use a new sandbox, fewer inputs, or a template with a larger disk."
    }
    PackagesFailed "packages-failed" {
        what: "A package could not be installed.",
        why: "The log above holds the installer's own words.",
        action: "Correct the package's name or version, then run again."
    }
    ScriptFailed "script-failed" {
        what: "The script ended with an error.",
        why: "The traceback stands at the end of the log.",
        action: "Correct the code, save it, and run again."
    }
    ScriptKilled "script-killed" {
        what: "The script was killed.",
        why: "A signal ended it: one of its own, a crash of a library, or the sandbox's system.",
        action: "Look at the signal and the end of the log, correct the code, then run again."
    }
    OutOfMemory "out-of-memory" {
        what: "The sandbox's memory was used up.",
        why: "Its system ended the script, or a process of it, because no memory was left.",
        action: "Read the data in chunks, or choose a template with more memory under Settings, then run again."
    }
    RunStopped "run-stopped" {
        what: "The run was stopped.",
        why: "You pressed Stop.",
        action: "Run again when you are ready."
    }
    StopUnseen "stop-unseen" {
        what: "The script could not be reached to stop it.",
        why: "Neither the sandbox nor e2b answers now; the script may go on in it for a while.",
        action: "Nothing needs to be pressed: the sandbox is ended as soon as e2b answers, at the latest with its life, and the next run gets a new one."
    }
    RunLimit "run-limit" {
        what: "The run was stopped at its time limit.",
        why: "The limit is set under Settings.",
        action: "Raise the limit under Settings, or make the script faster."
    }
    StreamLost "stream-lost" {
        what: "The connection to the sandbox broke.",
        why: "The network failed while the run was going on.",
        action: "Check the connection, then run again."
    }
    TerminalLost "terminal-lost" {
        what: "The shell has ended.",
        why: "It ended while nothing of the extension was connected to it.",
        action: "Press New shell."
    }
    RunBusy "run-busy" {
        what: "A run of this configuration is going on already.",
        why: "Two runs would share one /data folder.",
        action: "Wait for it, or stop it first."
    }
    FileTooLarge "file-too-large" {
        what: "The file is too large for one upload.",
        why: "The cloud storage takes 5,497,558,138,880 bytes a file.",
        action: "Split the file, or compress it."
    }
    FileNameInvalid "file-name-invalid" {
        what: "The file's name cannot be used.",
        why: "It is empty, or it holds characters that Storage does not take.",
        action: "Rename the file, then add it again."
    }
    FileUnreadable "file-unreadable" {
        what: "The file could not be read.",
        why: "It was moved, deleted or changed after it was chosen, or it is a folder.",
        action: "Choose it again."
    }
    UploadFailed "upload-failed" {
        what: "The upload did not finish.",
        why: "The connection to the cloud storage broke or was refused.",
        action: "Press Retry; the unfinished file was removed from Storage."
    }
    UploadCancelled "upload-cancelled" {
        what: "The upload was cancelled.",
        why: "You pressed Cancel; the unfinished file was removed from Storage.",
        action: "Add the file again to upload it."
    }
    FileDiffers "file-differs" {
        what: "This is not the file that was being uploaded.",
        why: "Its size, its time of change or the bytes that were sent before differ.",
        action: "Choose the same file, or cancel this upload and start a new one."
    }
    ZipFailed "zip-failed" {
        what: "The zip archive could not be made.",
        why: "One of the files cannot be part of it; the detail names it.",
        action: "Remove that file, or upload the files one by one; nothing was sent."
    }
    DownloadFailed "download-failed" {
        what: "The download did not finish.",
        why: "The connection to the cloud storage broke or was refused, or the disk is full.",
        action: "Press Download again; nothing was saved."
    }
    DownloadDiffers "download-differs" {
        what: "What was downloaded is not what was uploaded.",
        why: "Its SHA-256 differs from the one that its tag names: it was damaged or replaced.",
        action: "It was not saved. Press Download again; if it stays, upload the file anew."
    }
    ProviderUnsupported "provider-unsupported" {
        what: "Storage gave no way to the file's bytes that is known here.",
        why: "Files are kept on Amazon S3, Azure Blob Storage or Google Cloud Storage; the answer named none of them.",
        action: "Use Keboola's own Files page, and report the stack."
    }
    PermissionNeeded "permission-needed" {
        what: "The browser does not allow a host yet that this needs.",
        why: "Keboola's cloud storage and sandboxes of other services have hosts of their own; access is asked for when it is first needed.",
        action: "Press Allow and confirm the browser's question."
    }
    Covered "covered" {
        what: "The panel is covered by something on the page.",
        why: "A page could trick you into pressing a button that you do not see.",
        action: "Close what covers the panel, then press again."
    }
    Internal "internal" {
        what: "The extension made a mistake.",
        why: "This should not happen.",
        action: "Reload the page; if it stays, report the detail."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_what_why_and_what_to_do() {
        for code in ProblemCode::ALL {
            for words in [code.what(), code.why(), code.action()] {
                assert!(words.ends_with('.'), "{code:?}: {words}");
            }
        }
    }

    #[test]
    fn anchors_are_distinct_and_documented() {
        let documentation = include_str!("../../../docs/errors.md");
        let mut seen = std::collections::HashSet::new();
        for code in ProblemCode::ALL {
            assert!(seen.insert(code.anchor()), "{code:?} shares its anchor");
            let heading = format!("### {}\n", code.anchor());
            assert!(
                documentation.contains(&heading),
                "docs/errors.md lacks {}",
                code.anchor()
            );
        }
    }
}
