//! The one line of JSON on standard output: everything that a client needs to be pointed here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// Where the stack listens, and what opens it.
#[derive(Debug, Clone, Serialize)]
pub struct Announcement {
    /// The certificate authority in PEM, for a trust store.
    pub ca_file: PathBuf,
    /// SHA-256 of the authority's key, for Chromium's `--ignore-certificate-errors-spki-list`.
    pub ca_spki_sha256: String,
    /// `127.0.0.1:PORT`, one TLS listener for every host.
    pub https: String,
    /// Chromium's `--host-resolver-rules`.
    pub host_resolver_rules: String,
    /// The egress proxy.
    pub proxy: String,
    /// The control API.
    pub control: String,
    /// The package index, as sandboxes reach it through the proxy.
    pub package_index: String,
    /// The Keboola side.
    pub keboola: KeboolaAnnouncement,
    /// The e2b side.
    pub e2b: E2bAnnouncement,
    /// Page URLs by name.
    pub pages: BTreeMap<String, String>,
}

/// The Keboola side.
#[derive(Debug, Clone, Serialize)]
pub struct KeboolaAnnouncement {
    /// The host of the stack.
    pub stack: String,
    /// The Storage API alone, for clients that cannot map hosts.
    pub storage_url: String,
    /// The project of tokens and pages.
    pub project: u64,
    /// A limited token with all rights that the extension needs.
    pub token: String,
    /// A user's token.
    pub master_token: String,
    /// A token without rights on the configuration, the tables and other tokens' files.
    pub weak_token: String,
    /// A token that has expired.
    pub expired_token: String,
    /// A token of another project.
    pub foreign_token: String,
    /// Tokens of the seed, by name.
    pub tokens: BTreeMap<String, String>,
    /// The first project on Azure, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure: Option<CloudAnnouncement>,
    /// The first project on Google's cloud, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gcp: Option<CloudAnnouncement>,
}

/// A project on another cloud.
#[derive(Debug, Clone, Serialize)]
pub struct CloudAnnouncement {
    /// The host of its stack.
    pub stack: String,
    /// The project.
    pub project: u64,
    /// A limited token with all rights that the extension needs.
    pub token: String,
    /// A user's token.
    pub master_token: String,
    /// The URL of its first configuration.
    pub page: Option<String>,
    /// Its page URLs by name.
    pub pages: BTreeMap<String, String>,
}

/// The e2b side.
#[derive(Debug, Clone, Serialize)]
pub struct E2bAnnouncement {
    /// A good key.
    pub api_key: String,
    /// The key of a blocked team.
    pub blocked_key: String,
    /// The control plane, for clients that cannot map hosts.
    pub api_url: String,
    /// The gateway by routing headers, for clients that cannot map hosts.
    pub sandbox_url: String,
    /// The domain of sandboxes.
    pub domain: String,
    /// Other services that speak the protocol, by name.
    pub services: BTreeMap<String, ServiceAnnouncement>,
}

/// Another service of sandboxes.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceAnnouncement {
    /// A good key.
    pub api_key: String,
    /// The domain that it tells for its sandboxes.
    pub domain: String,
    /// Its switches, below the control API.
    pub control: String,
}
