//! Where a service lives: its control plane, and the hosts of its sandboxes.
//!
//! Today that is E2B's cloud and whatever is laid out like it (`api.{domain}`,
//! `{port}-{id}.{domain}`). The sandbox URL is a template, so that a service with other routes
//! (reference/e2b.md §8.3) needs a text and no code.

use std::fmt;

use thiserror::Error;

use crate::SandboxId;

/// Port of the daemon inside every sandbox (reference/e2b.md §3).
pub const ENVD_PORT: u16 = 49983;

/// Where a service lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    api_url: String,
    domain: Domain,
    sandbox_url: &'static str,
}

/// Domain of the sandboxes' hosts, perhaps with a port: `e2b.app`, `sandboxes.test:8443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

/// What cannot be an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadEndpoint {
    /// Not the base of a URL.
    #[error("the API address must be https://host or http://host, with a path at most")]
    ApiUrl,
    /// Not a domain.
    #[error("{0:?} is not a domain")]
    Domain(String),
}

impl Endpoint {
    /// E2B's own cloud: `https://api.e2b.app` and `https://{port}-{id}.e2b.app` (§2.1, §3.1).
    #[must_use]
    pub fn cloud() -> Self {
        Self {
            api_url: "https://api.e2b.app".to_owned(),
            domain: Domain("e2b.app".to_owned()),
            sandbox_url: "https://{port}-{id}.{domain}",
        }
    }

    /// A service laid out like E2B's cloud, at another address.
    ///
    /// # Errors
    /// When the address is not the base of an http or https URL.
    pub fn new(api_url: &str, domain: Domain) -> Result<Self, BadEndpoint> {
        let base = api_url.trim().trim_end_matches('/');
        let uri: http::Uri = base.parse().map_err(|_| BadEndpoint::ApiUrl)?;
        let web = matches!(uri.scheme_str(), Some("https" | "http"));
        let plain = uri
            .authority()
            .is_some_and(|host| !host.as_str().contains('@'));
        if !web || !plain || uri.query().is_some() || base.contains('#') {
            return Err(BadEndpoint::ApiUrl);
        }
        Ok(Self {
            api_url: base.to_owned(),
            domain,
            sandbox_url: "https://{port}-{id}.{domain}",
        })
    }

    /// Base of the control plane, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// The domain in force when a sandbox names none of its own.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Base URL of a port of a sandbox. The domain that the service named for the sandbox wins over
    /// the endpoint's (§2.3).
    #[must_use]
    pub fn sandbox_url(&self, port: u16, id: &SandboxId, domain: Option<&Domain>) -> String {
        self.sandbox_url
            .replace("{port}", &port.to_string())
            .replace("{id}", id.as_str())
            .replace("{domain}", domain.unwrap_or(&self.domain).as_str())
    }
}

impl Domain {
    /// Checks that the text is a host name, perhaps with a port.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(text: &str) -> Result<Self, BadEndpoint> {
        let bad = || BadEndpoint::Domain(text.chars().take(80).collect());
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let fits = host.len() <= 200
            && host.split('.').all(label)
            && port.is_none_or(|port| port.parse::<u16>().is_ok());
        if fits {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(bad())
        }
    }

    /// The domain as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cloud_has_a_host_for_each_port_of_a_sandbox() {
        let cloud = Endpoint::cloud();
        let id = SandboxId::parse("i0abc").unwrap();
        assert_eq!(cloud.api_url(), "https://api.e2b.app");
        assert_eq!(
            cloud.sandbox_url(ENVD_PORT, &id, None),
            "https://49983-i0abc.e2b.app"
        );
        let own = Domain::parse("eu.example.com:8443").unwrap();
        assert_eq!(
            cloud.sandbox_url(8080, &id, Some(&own)),
            "https://8080-i0abc.eu.example.com:8443"
        );
    }

    #[test]
    fn an_own_service_is_an_address_and_a_domain() {
        let domain = || Domain::parse("boxes.test").unwrap();
        let own = Endpoint::new(" http://manager.test:3000/kruise/api/ ", domain()).unwrap();
        assert_eq!(own.api_url(), "http://manager.test:3000/kruise/api");
        for bad in [
            "",
            "api.e2b.app",
            "ftp://a.test",
            "https://k@a.test",
            "https://a.test/?b",
            "https://a.test/#b",
        ] {
            assert_eq!(
                Endpoint::new(bad, domain()),
                Err(BadEndpoint::ApiUrl),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_domain_is_nothing_but_a_host() {
        for good in ["e2b.app", "localhost", "localhost:3000", "a-b.c.d"] {
            assert_eq!(Domain::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            ".",
            "a..b",
            "e2b.app/x",
            "https://e2b.app",
            "a b",
            "-a.b",
            "a:b",
            "a:99999",
            "user@host",
        ] {
            assert!(Domain::parse(bad).is_err(), "{bad}");
        }
    }
}
