//! What the program that embeds the stack decides: where state lives, which keys are good, and what
//! every sandbox gets from its host.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::service::Service;

/// Everything [`crate::E2b::new`] needs.
#[derive(Clone)]
pub struct E2bOptions {
    /// A directory of our own; each sandbox gets `STATE/{sandboxID}`, removed when it ends.
    pub state_dir: PathBuf,
    /// The executable that runs [`crate::envd_main`] when started as `EXE envd …`. It is bound into
    /// every sandbox, so its shared libraries must come from `/usr` or `/lib*`.
    pub envd_binary: PathBuf,
    /// Keys that are answered: `e2b_` and hexadecimal digits, as the service mints them.
    pub api_keys: Vec<String>,
    /// Keys of a blocked team: known, but answered 403.
    pub blocked_keys: Vec<String>,
    /// Global environment of every sandbox, under the `envVars` of the create request. A value that
    /// is the path of [`Self::ca_file`] becomes [`crate::SANDBOX_CA_BUNDLE`].
    pub extra_env: BTreeMap<String, String>,
    /// PEM file of the dev stack's certificate authority; sandboxes trust it beside the host's.
    pub ca_file: PathBuf,
    /// A Python interpreter. Its `sys.base_prefix` becomes `/opt/python` of every sandbox; without
    /// it sandboxes have the host's `/usr/bin/python3`, if there is one.
    pub python: Option<PathBuf>,
    /// The `uv` executable, in the PATH of every template but `base-no-uv`.
    pub uv: Option<PathBuf>,
    /// Which service it stands in for.
    pub service: Service,
    /// Domain under which sandboxes are reached: `{port}-{sandboxID}.{domain}`.
    pub domain: String,
}

impl fmt::Debug for E2bOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("E2bOptions")
            .field("state_dir", &self.state_dir)
            .field("envd_binary", &self.envd_binary)
            .field("api_keys", &self.api_keys.len())
            .field("blocked_keys", &self.blocked_keys.len())
            .field("service", &self.service)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}
