//! Keys and tokens: entering them, and what is told of them.

use std::fmt;

pub use keboola::{Held, Purpose, Right};
use serde::{Deserialize, Serialize};

use crate::{ConfigurationUrl, Problem};

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
    /// No answer about the key: none at all, or one that passes, or not an API's.
    Unknown(Problem),
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

/// Asks Storage again who the stored token is and what it may do for the configuration. A token
/// that Keboola does not accept any more is a reply, too: see [`TokenReport::refused`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckToken {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// Waits for the token of the page's own next request to Storage, then does what [`StoreToken`]
/// does. Sent only after the person agreed and the browser allowed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaptureToken {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// Ends a [`CaptureToken`] of the asking frame's tab; its reply is then `None`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelCapture {}

/// How long [`CaptureToken`] waits at the most, in milliseconds.
pub const CAPTURE_MS: u32 = 60_000;

/// Who a token is and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenReport {
    /// Last four characters.
    pub hint: KeyHint,
    /// The token's description, as its creator wrote it.
    pub description: String,
    /// Who made it, usually a person's address.
    pub made_by: Option<String>,
    /// The person whose own token it is; only a full-power token names one.
    pub person: Option<String>,
    /// Name of the project.
    pub project_name: String,
    /// Number of the project.
    pub project: String,
    /// ISO time of its end, as Keboola wrote it; `None` when it does not end.
    pub expires: Option<String>,
    /// The same in milliseconds since 1970, where it was understood.
    pub ends_at: Option<u64>,
    /// Whether it is a person's own full-power token.
    pub is_master: bool,
    /// Whether Keboola no longer accepts it.
    pub refused: bool,
    /// What it may do for the configuration.
    pub rights: Vec<Right>,
}

impl TokenReport {
    /// Whether something of the work here will certainly not work with it.
    #[must_use]
    pub fn lacks_rights(&self) -> bool {
        self.rights.iter().any(Right::is_missing)
    }
}

/// Drops the Storage token of the configuration's project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetToken {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}
