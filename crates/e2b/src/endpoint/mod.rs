//! Where a service lives: its control plane, and the addresses of its sandboxes.
//!
//! A [`Profile`] is what a person chose; an [`Endpoint`] is what calls are made with. Under every
//! profile lies one template of the sandboxes' address, so that a service with other routes
//! (reference/e2b.md §8.3) needs a text and no code.

mod domain;
mod profile;
mod sandbox_url;

use thiserror::Error;

pub use domain::Domain;
pub use profile::Profile;
use sandbox_url::{SandboxUrl, is_base, without_port};

use crate::SandboxId;

/// Port of the daemon inside every sandbox (reference/e2b.md §3).
pub const ENVD_PORT: u16 = 49983;

/// Where a service lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    api_url: String,
    domain: Option<Domain>,
    sandbox_url: SandboxUrl,
    routing_headers: bool,
}

/// What cannot be an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadEndpoint {
    /// Not the base of a URL.
    #[error("the API address must be https://host or http://host, with a path at most")]
    ApiUrl,
    /// Not a domain.
    #[error("{0:?} is not a domain: write a host such as e2b.example.com, without https://")]
    Domain(String),
    /// Not a template of an address.
    #[error("this address of sandboxes cannot be used: {0}")]
    SandboxUrl(&'static str),
}

impl Endpoint {
    /// E2B's own cloud: `https://api.e2b.app` and `https://{port}-{id}.e2b.app` (§2.1, §3.1).
    #[must_use]
    pub fn cloud() -> Self {
        Self {
            api_url: "https://api.e2b.app".to_owned(),
            domain: Some(Domain::cloud()),
            sandbox_url: SandboxUrl::subdomains(),
            routing_headers: false,
        }
    }

    /// The endpoint of a profile.
    ///
    /// # Errors
    /// When an address of it is none.
    pub fn of(profile: &Profile) -> Result<Self, BadEndpoint> {
        let scheme = |plain_http: bool| if plain_http { "http" } else { "https" };
        match profile {
            Profile::Cloud => Ok(Self::cloud()),
            Profile::OwnDomain { domain, plain_http } => {
                let scheme = scheme(*plain_http);
                let domain = Domain::parse(domain)?;
                Self::build(
                    &format!("{scheme}://api.{domain}"),
                    domain.as_str(),
                    &format!("{scheme}://{{port}}-{{id}}.{{domain}}"),
                    false,
                )
            }
            Profile::PathRouted { domain, plain_http } => {
                let scheme = scheme(*plain_http);
                let domain = Domain::parse(domain)?;
                Self::build(
                    &format!("{scheme}://{domain}/kruise/api"),
                    domain.as_str(),
                    &format!("{scheme}://{{domain}}/kruise/{{id}}/{{port}}"),
                    false,
                )
            }
            Profile::FixedBase {
                api_url,
                sandbox_url,
            } => Self::build(api_url, "", sandbox_url, true),
            // A lone envd does not read the headers; a gateway in front of several needs them.
            Profile::Local => {
                Self::build("http://localhost:3000", "", "http://localhost:{port}", true)
            }
            Profile::Custom {
                api_url,
                sandbox_url,
                domain,
                routing_headers,
            } => Self::build(api_url, domain, sandbox_url, *routing_headers),
        }
    }

    fn build(
        api_url: &str,
        domain: &str,
        sandbox_url: &str,
        routing_headers: bool,
    ) -> Result<Self, BadEndpoint> {
        let api_url = api_url.trim().trim_end_matches('/');
        if !is_base(api_url) {
            return Err(BadEndpoint::ApiUrl);
        }
        let sandbox_url = SandboxUrl::parse(sandbox_url, routing_headers)?;
        let domain = match domain.trim() {
            "" if !sandbox_url.needs_domain() => None,
            text => Some(Domain::parse(text)?),
        };
        Ok(Self {
            api_url: api_url.to_owned(),
            domain,
            sandbox_url,
            routing_headers,
        })
    }

    /// Base of the control plane, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// The domain in force when a sandbox names none of its own; `None` where addresses have none.
    #[must_use]
    pub fn domain(&self) -> Option<&Domain> {
        self.domain.as_ref()
    }

    /// Whether each call to a sandbox names it and its port in headers (§3.1).
    #[must_use]
    pub fn routing_headers(&self) -> bool {
        self.routing_headers
    }

    /// Base URL of a port of a sandbox. The domain that the service named for the sandbox wins over
    /// the endpoint's (§2.3).
    #[must_use]
    pub fn sandbox_url(&self, port: u16, id: &SandboxId, domain: Option<&Domain>) -> String {
        self.sandbox_url
            .of(port, id, domain.or(self.domain.as_ref()))
    }

    /// The address of a sandbox's daemon for people to read, with `{id}` left open.
    #[must_use]
    pub fn shown_sandbox_url(&self) -> String {
        self.sandbox_url.shown(ENVD_PORT, self.domain.as_ref())
    }

    /// Match patterns of the hosts that calls go to, as Chrome's permissions know them; none twice.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let sandboxes = self.sandbox_hosts(None);
        let api = self.api_pattern();
        if covers(&sandboxes, &api) {
            vec![sandboxes]
        } else {
            vec![api, sandboxes]
        }
    }

    /// The match pattern of the hosts of sandboxes at `domain`, which a service may name in its
    /// answer to a create.
    #[must_use]
    pub fn sandbox_hosts(&self, domain: Option<&Domain>) -> String {
        self.sandbox_url.pattern(domain.or(self.domain.as_ref()))
    }

    /// The domain that the service named for a sandbox, when it is another than the endpoint's and
    /// calls go to it: whoever set the two up meant different hosts.
    #[must_use]
    pub fn disagrees_with<'a>(&self, named: Option<&'a Domain>) -> Option<&'a Domain> {
        let own = self.domain.as_ref()?;
        named.filter(|named| self.sandbox_url.needs_domain() && *named != own)
    }

    /// Whether the key or a sandbox's token would cross a network unencrypted.
    #[must_use]
    pub fn is_in_clear(&self) -> bool {
        self.hosts().iter().any(|pattern| is_in_clear(pattern))
    }

    /// The same of what goes to sandboxes at a domain that the service named.
    #[must_use]
    pub fn is_in_clear_at(&self, named: &Domain) -> bool {
        is_in_clear(&self.sandbox_hosts(Some(named)))
    }

    fn api_pattern(&self) -> String {
        let (scheme, rest) = self.api_url.split_once("://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{}/*", without_port(authority))
    }
}

/// Whether the pattern of all hosts below a domain takes in another pattern.
fn covers(wide: &str, narrow: &str) -> bool {
    let Some((scheme, base)) = wide.split_once("://*.") else {
        return wide == narrow;
    };
    let Some(host) = narrow
        .strip_prefix(scheme)
        .and_then(|rest| rest.strip_prefix("://"))
    else {
        return false;
    };
    host == base || host.ends_with(&format!(".{base}"))
}

/// Whether hosts of this pattern are spoken to by plain http, and are not this computer.
fn is_in_clear(pattern: &str) -> bool {
    let host = pattern.strip_prefix("http://");
    let host = host.map(|host| host.trim_end_matches("/*"));
    host.is_some_and(|host| !matches!(host, "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SandboxId {
        SandboxId::parse("i0abc").unwrap()
    }

    fn own(domain: &str, plain_http: bool) -> Profile {
        Profile::OwnDomain {
            domain: domain.to_owned(),
            plain_http,
        }
    }

    fn path(domain: &str, plain_http: bool) -> Profile {
        Profile::PathRouted {
            domain: domain.to_owned(),
            plain_http,
        }
    }

    fn fixed(api_url: &str, sandbox_url: &str) -> Profile {
        Profile::FixedBase {
            api_url: api_url.to_owned(),
            sandbox_url: sandbox_url.to_owned(),
        }
    }

    fn custom(api_url: &str, sandbox_url: &str, domain: &str, routing_headers: bool) -> Profile {
        Profile::Custom {
            api_url: api_url.to_owned(),
            sandbox_url: sandbox_url.to_owned(),
            domain: domain.to_owned(),
            routing_headers,
        }
    }

    #[test]
    fn each_profile_has_its_addresses_and_the_hosts_to_ask_for() {
        for (profile, api, sandbox, hosts, headers) in [
            (
                Profile::Cloud,
                "https://api.e2b.app",
                "https://49983-i0abc.e2b.app",
                &["https://*.e2b.app/*"][..],
                false,
            ),
            (
                own("e2b.example.com", false),
                "https://api.e2b.example.com",
                "https://49983-i0abc.e2b.example.com",
                &["https://*.e2b.example.com/*"],
                false,
            ),
            (
                own("boxes.test:8080", true),
                "http://api.boxes.test:8080",
                "http://49983-i0abc.boxes.test:8080",
                &["http://*.boxes.test/*"],
                false,
            ),
            (
                path("agents.example.com", false),
                "https://agents.example.com/kruise/api",
                "https://agents.example.com/kruise/i0abc/49983",
                &["https://agents.example.com/*"],
                false,
            ),
            (
                path("localhost:7788", true),
                "http://localhost:7788/kruise/api",
                "http://localhost:7788/kruise/i0abc/49983",
                &["http://localhost/*"],
                false,
            ),
            (
                fixed("https://api.x.test/v1/", "https://boxes.x.test"),
                "https://api.x.test/v1",
                "https://boxes.x.test",
                &["https://api.x.test/*", "https://boxes.x.test/*"],
                true,
            ),
            (
                Profile::Local,
                "http://localhost:3000",
                "http://localhost:49983",
                &["http://localhost/*"],
                true,
            ),
            (
                custom(
                    "http://host.test:3000",
                    "https://{port}-{id}.{domain}",
                    "cube.app",
                    false,
                ),
                "http://host.test:3000",
                "https://49983-i0abc.cube.app",
                &["http://host.test/*", "https://*.cube.app/*"],
                false,
            ),
        ] {
            let endpoint = Endpoint::of(&profile).unwrap();
            assert_eq!(endpoint.api_url(), api, "{profile:?}");
            assert_eq!(
                endpoint.sandbox_url(ENVD_PORT, &id(), None),
                sandbox,
                "{profile:?}"
            );
            assert_eq!(endpoint.hosts(), hosts, "{profile:?}");
            assert_eq!(endpoint.routing_headers(), headers, "{profile:?}");
        }
    }

    #[test]
    fn the_domain_of_an_answer_wins() {
        let told = Domain::parse("eu.example.com:8443").unwrap();
        let cloud = Endpoint::cloud();
        assert_eq!(
            cloud.sandbox_url(8080, &id(), Some(&told)),
            "https://8080-i0abc.eu.example.com:8443"
        );
        assert_eq!(
            cloud.sandbox_hosts(Some(&told)),
            "https://*.eu.example.com/*"
        );
        assert_eq!(cloud.disagrees_with(Some(&told)), Some(&told));
        assert_eq!(cloud.disagrees_with(None), None);
        assert_eq!(cloud.disagrees_with(cloud.domain()), None);
        // Where no address has a domain, none can be wrong.
        let fixed = Endpoint::of(&fixed("https://a.test", "https://b.test")).unwrap();
        assert_eq!(fixed.disagrees_with(Some(&told)), None);
        assert_eq!(fixed.sandbox_url(1, &id(), Some(&told)), "https://b.test");
    }

    #[test]
    fn what_a_person_may_mistype_is_said() {
        for (profile, bad) in [
            (own("", false), "is not a domain"),
            (own("https://e2b.app", false), "is not a domain"),
            (path("a b", false), "is not a domain"),
            (fixed("", "https://a.test"), "the API address"),
            (fixed("api.e2b.app", "https://a.test"), "the API address"),
            (fixed("ftp://a.test", "https://a.test"), "the API address"),
            (
                fixed("https://k@a.test", "https://a.test"),
                "the API address",
            ),
            (
                fixed("https://a.test/?b", "https://a.test"),
                "the API address",
            ),
            (
                fixed("https://a.test/#b", "https://a.test"),
                "the API address",
            ),
            (
                fixed("https://a.test", "a.test"),
                "this address of sandboxes",
            ),
            (
                custom("https://a.test", "https://{domain}/x", "a.test", false),
                "must hold {id} and {port}",
            ),
            (
                custom("https://a.test", "https://{port}-{id}.{domain}", "", false),
                "is not a domain",
            ),
            (
                custom(
                    "https://a.test",
                    "https://{port}-{id}.{domain}",
                    "a/b",
                    true,
                ),
                "is not a domain",
            ),
        ] {
            let error = Endpoint::of(&profile).unwrap_err().to_string();
            assert!(error.contains(bad), "{profile:?}: {error}");
        }
    }

    #[test]
    fn only_another_computer_makes_http_a_danger() {
        for (profile, in_clear) in [
            (Profile::Cloud, false),
            (Profile::Local, false),
            (path("localhost:7788", true), false),
            (path("127.0.0.1:7788", true), false),
            (path("agents.test", true), true),
            (own("boxes.test", true), true),
            (own("boxes.test", false), false),
            (fixed("https://a.test", "http://b.test"), true),
            (fixed("http://a.test", "https://b.test"), true),
        ] {
            assert_eq!(
                Endpoint::of(&profile).unwrap().is_in_clear(),
                in_clear,
                "{profile:?}"
            );
        }
    }

    #[test]
    fn a_domain_of_the_service_may_lie_beyond_this_computer() {
        let named = |text: &str| Domain::parse(text).unwrap();
        let local = Endpoint::of(&path("localhost:7788", true)).unwrap();
        assert!(!local.is_in_clear());
        assert!(local.is_in_clear_at(&named("agents.test")));
        assert!(!local.is_in_clear_at(&named("127.0.0.1:7788")));
        let encrypted = Endpoint::of(&path("localhost:7788", false)).unwrap();
        assert!(!encrypted.is_in_clear_at(&named("agents.test")));
    }

    #[test]
    fn a_profile_is_kept_as_json() {
        let all = [
            Profile::Cloud,
            own("a.test", true),
            path("a.test", false),
            fixed("https://a.test", "https://b.test"),
            Profile::Local,
            custom(
                "https://a.test",
                "https://{port}-{id}.{domain}",
                "c.test",
                true,
            ),
        ];
        for profile in all {
            let text = serde_json::to_string(&profile).unwrap();
            assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
        }
        assert_eq!(
            serde_json::to_string(&Profile::Local).unwrap(),
            r#"{"kind":"local"}"#
        );
    }
}
