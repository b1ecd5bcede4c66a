//! Which stand-in answers for a host name.
//!
//! One table for three askers: the TLS listener (is there a certificate), the router (who answers)
//! and the egress proxy (is it ours, or the open internet).

use crate::azure;
use crate::gcs;
use crate::provider::Provider;

/// The host of the package index that sandboxes install from.
pub(crate) const PACKAGES_HOST: &str = "packages.devstack.test";

/// A stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Admin page and Storage API of a stack (`connection.…`).
    Connection,
    /// The Encryption API of a stack (`encryption.…`).
    Encryption,
    /// The queue of jobs of a stack (`queue.…`).
    Queue,
    /// Another Keboola service (`vault.…`), which this stack does not stand in for.
    OtherKeboola,
    /// The object store behind Storage on AWS.
    S3,
    /// The one on Google's cloud.
    Gcs,
    /// The one on Azure.
    Azure,
    /// The control plane of a service of sandboxes.
    E2bApi(Service),
    /// A port of a sandbox.
    Sandbox(Service),
    /// Both of them at one host.
    OneHost(Service),
    /// The Python package index.
    Packages,
}

/// A service of sandboxes; each has its own sandboxes, and no key of another is good for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// E2B's cloud.
    Cloud,
    /// A self-hosted E2B, which is also reached at one address by headers, and as a local one.
    Own,
    /// OpenKruise Agents at one host.
    Agents,
    /// The same at a port that is forwarded to this computer.
    Forwarded,
}

impl Service {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Cloud, Self::Own, Self::Agents, Self::Forwarded];

    /// What it is called in the announcement and in the control API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Own => "own",
            Self::Agents => "agents",
            Self::Forwarded => "forwarded",
        }
    }

    /// The domain that it tells for its sandboxes.
    pub(crate) fn domain(self) -> &'static str {
        match self {
            Self::Cloud => "e2b.app",
            Self::Own => "e2b.devstack.test",
            Self::Agents => "agents.devstack.test",
            Self::Forwarded => "localhost",
        }
    }
}

/// As [`place_of`], with the ports of `localhost` told apart, which are served in clear.
#[must_use]
pub(crate) fn place_at(authority: &str) -> Option<Place> {
    match authority.to_ascii_lowercase().as_str() {
        "localhost" | "localhost:80" => Some(Place::OneHost(Service::Forwarded)),
        "localhost:3000" => Some(Place::E2bApi(Service::Own)),
        "localhost:49983" => Some(Place::Sandbox(Service::Own)),
        _ => place_of(authority),
    }
}

/// The place that answers for `host` (with or without a port), or `None` for the outside world.
#[must_use]
pub(crate) fn place_of(host: &str) -> Option<Place> {
    let host = without_port(host).to_ascii_lowercase();
    if host == PACKAGES_HOST {
        return Some(Place::Packages);
    }
    if host == Service::Agents.domain() {
        return Some(Place::OneHost(Service::Agents));
    }
    for service in [Service::Cloud, Service::Own] {
        let Some(rest) = host.strip_suffix(service.domain()) else {
            continue;
        };
        let Some(rest) = rest.strip_suffix('.') else {
            continue;
        };
        return match rest {
            "api" => Some(Place::E2bApi(service)),
            // One address for all, by routing headers.
            "sandbox" if service == Service::Own => Some(Place::Sandbox(service)),
            _ => is_sandbox_label(rest).then_some(Place::Sandbox(service)),
        };
    }
    match host.as_str() {
        gcs::HOST => return Some(Place::Gcs),
        azure::HOST => return Some(Place::Azure),
        _ => {}
    }
    if let Some(rest) = host.strip_suffix(".amazonaws.com") {
        let mut labels = rest.rsplit('.');
        return matches!((labels.next(), labels.next()), (Some(_), Some("s3")))
            .then_some(Place::S3);
    }
    let rest = host
        .strip_suffix(".keboola.com")
        .or_else(|| host.strip_suffix(".keboola.cloud"))?;
    match rest.split('.').next() {
        Some("connection") => Some(Place::Connection),
        Some("encryption") => Some(Place::Encryption),
        Some("queue") => Some(Place::Queue),
        Some("") | None => None,
        Some(_) => Some(Place::OtherKeboola),
    }
}

/// The cloud that a stack is on, by the name of its host; `None` for what is no stack.
#[must_use]
pub(crate) fn cloud_of(host: &str) -> Option<Provider> {
    let host = without_port(host).to_ascii_lowercase();
    if place_of(&host) != Some(Place::Connection) {
        return None;
    }
    Some(if host.ends_with(".azure.keboola.com") {
        Provider::Azure
    } else if host.ends_with(".gcp.keboola.com") {
        Provider::Gcp
    } else {
        Provider::Aws
    })
}

/// `{port}-{sandbox id}`.
fn is_sandbox_label(label: &str) -> bool {
    label
        .split_once('-')
        .is_some_and(|(port, id)| port.parse::<u16>().is_ok() && !id.is_empty())
}

/// Whether the service at `host` speaks HTTP/2. Amazon's and Azure's storage speak HTTP/1.1 alone,
/// so that a browser has six connections to them and no more.
#[must_use]
pub(crate) fn speaks_h2(host: &str) -> bool {
    !matches!(place_of(host), Some(Place::S3 | Place::Azure))
}

/// `host` without `:port`.
#[must_use]
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.ends_with(']') || port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}

/// What Chromium's `--host-resolver-rules` needs to reach `https` for every host served here, and
/// `plain` for those that are also served in clear.
#[must_use]
pub(crate) fn resolver_rules(https: &str, plain: &str) -> String {
    // The first rule that matches counts, so those with a port stand first.
    let in_clear = [
        "localhost:80",
        "localhost:3000",
        "localhost:49983",
        "*.e2b.devstack.test:80",
    ]
    .map(|pattern| format!("MAP {pattern} {plain}"));
    let encrypted = [
        "*.keboola.com",
        "*.keboola.cloud",
        "*.e2b.app",
        "*.e2b.devstack.test",
        "agents.devstack.test",
        "*.amazonaws.com",
        gcs::HOST,
        azure::HOST,
        PACKAGES_HOST,
    ]
    .map(|pattern| format!("MAP {pattern} {https}"));
    [in_clear.join(", "), encrypted.join(", ")].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_has_its_place() {
        for (host, place) in [
            ("connection.keboola.com", Some(Place::Connection)),
            (
                "connection.eu-central-1.keboola.com",
                Some(Place::Connection),
            ),
            (
                "Connection.us-east4.gcp.keboola.com:443",
                Some(Place::Connection),
            ),
            ("connection.acme.keboola.cloud", Some(Place::Connection)),
            ("queue.eu-central-1.keboola.com", Some(Place::Queue)),
            ("vault.eu-central-1.keboola.com", Some(Place::OtherKeboola)),
            (
                "encryption.north-europe.azure.keboola.com",
                Some(Place::Encryption),
            ),
            ("keboola.com", None),
            ("connection.keboola.com.evil.test", None),
            ("files.s3.eu-central-1.amazonaws.com", Some(Place::S3)),
            ("s3.eu-central-1.amazonaws.com", Some(Place::S3)),
            ("sts.amazonaws.com", None),
            ("storage.googleapis.com", Some(Place::Gcs)),
            ("www.googleapis.com", None),
            ("kbcfsdevstack.blob.core.windows.net", Some(Place::Azure)),
            ("other.blob.core.windows.net", None),
            ("api.e2b.app", Some(Place::E2bApi(Service::Cloud))),
            ("49983-i8f0a.e2b.app", Some(Place::Sandbox(Service::Cloud))),
            ("sandbox.e2b.app", None),
            ("api.e2b.devstack.test", Some(Place::E2bApi(Service::Own))),
            (
                "49983-i8f0a.e2b.devstack.test:80",
                Some(Place::Sandbox(Service::Own)),
            ),
            (
                "sandbox.e2b.devstack.test",
                Some(Place::Sandbox(Service::Own)),
            ),
            (
                "agents.devstack.test",
                Some(Place::OneHost(Service::Agents)),
            ),
            ("localhost", None),
            ("docs.e2b.app", None),
            ("packages.devstack.test", Some(Place::Packages)),
            ("example.com", None),
        ] {
            assert_eq!(place_of(host), place, "{host}");
        }
    }

    #[test]
    fn the_ports_of_this_computer_are_services_of_their_own() {
        for (authority, place) in [
            ("localhost", Some(Place::OneHost(Service::Forwarded))),
            ("localhost:80", Some(Place::OneHost(Service::Forwarded))),
            ("localhost:3000", Some(Place::E2bApi(Service::Own))),
            ("localhost:49983", Some(Place::Sandbox(Service::Own))),
            ("localhost:1", None),
            ("api.e2b.app", Some(Place::E2bApi(Service::Cloud))),
        ] {
            assert_eq!(place_at(authority), place, "{authority}");
        }
    }

    #[test]
    fn a_host_says_which_cloud_its_stack_is_on() {
        for (host, cloud) in [
            ("connection.keboola.com", Some(Provider::Aws)),
            ("connection.acme.keboola.cloud", Some(Provider::Aws)),
            (
                "connection.north-europe.azure.keboola.com:443",
                Some(Provider::Azure),
            ),
            (
                "connection.europe-west3.gcp.keboola.com",
                Some(Provider::Gcp),
            ),
            ("queue.europe-west3.gcp.keboola.com", None),
            ("127.0.0.1:1234", None),
        ] {
            assert_eq!(cloud_of(host), cloud, "{host}");
        }
    }
}
