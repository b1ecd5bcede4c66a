//! The service that sandboxes come from: E2B's cloud, or another that speaks its protocol.

pub use e2b::Profile;
use serde::{Deserialize, Serialize};

use crate::Problem;

/// The service in force; E2B's cloud unless another was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadService {}

/// What a profile comes to. Nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DescribeService {
    /// As entered.
    pub profile: Profile,
}

/// Makes a service the one in force. Each service has a key of its own, so that no key is ever sent
/// to another one; sandboxes of the service before are known no longer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreService {
    /// As entered.
    pub profile: Profile,
}

/// A service, with what its profile comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// As entered.
    pub profile: Profile,
    /// Base of its API.
    pub api_url: String,
    /// Address of a sandbox's daemon, with `{id}` left open.
    pub sandbox_url: String,
    /// Match patterns of the hosts that the browser must allow.
    pub hosts: Vec<String>,
    /// Whether the browser allows them already.
    pub allowed: bool,
    /// Whether keys would cross a network unencrypted.
    pub in_clear: bool,
}

/// Tries the service in force: its API, and a sandbox of 60 s that is ended again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckService {
    /// Template of the sandbox, by name or id.
    pub template: String,
}

/// What [`CheckService`] found, in the order in which it looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// How long the API took to answer a list of one, in milliseconds; or why it did not.
    pub api: Result<u32, Problem>,
    /// The sandbox; `None` when the API did not answer.
    pub sandbox: Option<Result<SandboxReport, Problem>>,
}

/// What a sandbox of the service can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// How long its creation took, in milliseconds.
    pub created_ms: u32,
    /// Version of its envd, as the service names it.
    pub envd_version: String,
    /// The domain that the service named, when it is another than that of the profile.
    pub other_domain: Option<String>,
    /// How long a command took, start to end, in milliseconds; or why none could run.
    pub command: Result<u32, Problem>,
    /// What there is beside that.
    pub offers: Vec<(Offer, Found)>,
    /// Why the sandbox could not be ended; it then lives for 60 s at the most.
    pub left: Option<Problem>,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It is.
    There,
    /// It is not.
    Absent,
    /// It was asked for, and the answer was about something else: a limit, a broken connection.
    Untold,
}

/// What a service may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// A sandbox has a token of its own.
    SecuredAccess,
    /// A life can be lengthened.
    Timeout,
    /// A sandbox can be joined, and woken when it is paused.
    Connect,
    /// Use of CPU, memory and disk.
    Metrics,
    /// A list of templates.
    Templates,
    /// A sandbox can be kept from the internet.
    NoInternet,
    /// Files are written as they are, without a form around them.
    RawUpload,
    /// Parts of a file are joined by the service.
    Compose,
}
