//! How a service is laid out, as a person chooses it (reference/e2b.md §8).

use serde::{Deserialize, Serialize};

/// The kinds of services, with what must be known of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Profile {
    /// E2B's own cloud.
    #[default]
    Cloud,
    /// E2B's layout at another domain: `api.{domain}` and `{port}-{id}.{domain}`.
    OwnDomain {
        /// Perhaps with a port.
        domain: String,
        /// `http` instead of `https`.
        plain_http: bool,
    },
    /// One host for all, as OpenKruise Agents has it: `{domain}/kruise/api` and
    /// `{domain}/kruise/{id}/{port}`.
    PathRouted {
        /// Perhaps with a port.
        domain: String,
        /// `http` instead of `https`.
        plain_http: bool,
    },
    /// One address for every sandbox, which headers tell apart.
    FixedBase {
        /// Base of the control plane.
        api_url: String,
        /// Base of every sandbox.
        sandbox_url: String,
    },
    /// A service on this computer: `localhost:3000`, and the sandbox's ports as they are.
    Local,
    /// Any other layout.
    Custom {
        /// Base of the control plane.
        api_url: String,
        /// A template with `{port}`, `{id}` and `{domain}`.
        sandbox_url: String,
        /// What `{domain}` stands for; may be empty when the template has none.
        domain: String,
        /// Whether each call tells the sandbox and its port in headers as well.
        routing_headers: bool,
    },
}
