//! Sandboxes: the lists that people see, and what the engine needs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::keys::Secret;
use super::run_notes::Lengthened;
use crate::ConfigurationUrl;

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
    /// End of its life, in milliseconds since 1970; 0 when the service does not tell it.
    pub ends_at: u64,
    /// Whether it is paused.
    pub paused: bool,
    /// Who made it.
    pub maker: Maker,
    /// The configuration's key when this extension made it for one.
    pub configuration: Option<String>,
    /// vCPUs and memory in MB, when the service says so.
    pub size: Option<(u32, u32)>,
}

/// Who made a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// This extension, in this browser.
    ThisBrowser,
    /// This extension, in another browser: somebody else may be using it.
    AnotherBrowser,
    /// Not this extension.
    Other,
}

/// The templates that the key may use; none where the service does not list any.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListTemplates {}

/// A template as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateView {
    /// What is entered: its name, or its id when it has none.
    pub name: String,
    /// vCPUs and memory in MB, when the service says so.
    pub size: Option<(u32, u32)>,
}

/// Ends a sandbox. One that is gone already counts as ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TerminateSandbox {
    /// See [`SandboxView::id`].
    pub id: String,
}

/// Puts a sandbox to sleep, with what is in its memory and on its disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PauseSandbox {
    /// See [`SandboxView::id`].
    pub id: String,
}

/// Wakes a sandbox if it is paused, and tells the way into it. Its life is `seconds` from now at the
/// least, and never shortened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectSandbox {
    /// See [`SandboxView::id`].
    pub id: String,
    /// From now.
    pub seconds: u32,
}

/// Creates a sandbox that carries our mark and a finite life.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateSandbox {
    /// Whose.
    pub configuration: ConfigurationUrl,
    /// The run that asks, to find the sandbox again when the answer is lost.
    pub run: String,
    /// The run asked before, and whoever waited for the answer is gone: what was made then is used.
    pub again: bool,
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
    /// Whether each call names the sandbox in headers, because many share the URL.
    pub routing_headers: bool,
    /// Version of its envd, for the gates.
    pub envd_version: String,
    /// End of its life, in milliseconds since 1970.
    pub ends_at: u64,
    /// The template it was made from.
    pub template: String,
    /// Whether it may reach anything but its own service.
    pub internet: bool,
    /// Names of the environment variables that it was made with: all of its processes have them.
    pub variables: BTreeSet<String>,
}

/// Moves the end of a sandbox's life to `seconds` from now; never earlier than it is. The reply is the
/// end that it has then, in milliseconds since 1970; a plan may not allow as much.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExtendSandbox {
    /// Which.
    pub id: String,
    /// From now.
    pub seconds: u32,
}

impl ExtendSandbox {
    /// Whether an end that a service gave at `now_ms`, both in milliseconds since 1970, is earlier than
    /// what was asked for: the plan does not allow more.
    #[must_use]
    pub fn was_cut(&self, now_ms: u64, ends_at: u64) -> bool {
        // Clocks of services are read to the second, and calls take a few.
        const SLACK_MS: u64 = 5_000;
        ends_at + SLACK_MS < now_ms + u64::from(self.seconds) * 1_000
    }
}

/// Takes back what was added to a sandbox's life for a run, unless somebody moved its end since: what is
/// left is what it had before, and `seconds` from now at the least. The reply is the end, in milliseconds
/// since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetBackSandbox {
    /// Which.
    pub id: String,
    /// From now.
    pub seconds: u32,
    /// What was added.
    pub lengthened: Lengthened,
}
