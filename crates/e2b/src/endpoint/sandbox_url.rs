//! The address of a sandbox's ports as a template, so that a service with other routes needs a text
//! and no code.

use super::{BadEndpoint, Domain};
use crate::SandboxId;

const PORT: &str = "{port}";
const ID: &str = "{id}";
const DOMAIN: &str = "{domain}";

/// A URL with `{port}`, `{id}` and `{domain}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SandboxUrl(String);

impl SandboxUrl {
    /// A host for each port of each sandbox, as E2B's cloud has it.
    pub(super) fn subdomains() -> Self {
        Self("https://{port}-{id}.{domain}".to_owned())
    }

    /// Checks that a URL comes out when the three are filled in. The id may only be missing where
    /// headers tell it.
    pub(super) fn parse(text: &str, routing_headers: bool) -> Result<Self, BadEndpoint> {
        let text = text.trim().trim_end_matches('/');
        let bad = |why| Err(BadEndpoint::SandboxUrl(why));
        let sample = filled(text, "1", "i", "d");
        if sample.contains(['{', '}']) {
            return bad("it may hold {port}, {id} and {domain}, and no other braces");
        }
        if !is_base(&sample) {
            return bad("it must be https://host or http://host, with a path at most");
        }
        if !(routing_headers || text.contains(ID) && text.contains(PORT)) {
            return bad("without routing headers it must hold {id} and {port}");
        }
        let url = Self(text.to_owned());
        let (before, fixed) = url.host();
        if !before.is_empty() && fixed.is_empty() {
            return bad("behind {port} and {id} the host must go on with a domain");
        }
        if fixed.contains(PORT) || fixed.contains(ID) {
            return bad("{port} and {id} may stand in the first part of the host or in the path");
        }
        Ok(url)
    }

    /// Whether a domain is part of it.
    pub(super) fn needs_domain(&self) -> bool {
        self.0.contains(DOMAIN)
    }

    /// The URL of a port of a sandbox, without a slash at its end.
    pub(super) fn of(&self, port: u16, id: &SandboxId, domain: Option<&Domain>) -> String {
        let domain = domain.map_or("", Domain::as_str);
        filled(&self.0, &port.to_string(), id.as_str(), domain)
    }

    /// The match pattern of all its hosts, as Chrome's permissions know it (they take every port).
    pub(super) fn pattern(&self, domain: Option<&Domain>) -> String {
        let (before, fixed) = self.host();
        let any = if before.is_empty() { "" } else { "*." };
        let host = fixed.replace(DOMAIN, domain.map_or("", Domain::as_str));
        let host = without_port(&host);
        format!("{}://{any}{host}/*", self.scheme())
    }

    /// A text for people: the id stays open.
    pub(super) fn shown(&self, port: u16, domain: Option<&Domain>) -> String {
        let domain = domain.map_or(DOMAIN, Domain::as_str);
        filled(&self.0, &port.to_string(), ID, domain)
    }

    fn scheme(&self) -> &str {
        self.0.split("://").next().unwrap_or_default()
    }

    /// The labels of the host with a port or an id, and those behind them.
    fn host(&self) -> (&str, &str) {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        // `localhost:{port}`: the number of the port is no part of the host.
        let authority = authority.strip_suffix(":{port}").unwrap_or(authority);
        let (first, behind) = match authority.split_once('.') {
            Some((first, behind)) => (first, behind),
            None => (authority, ""),
        };
        if first.contains(PORT) || first.contains(ID) {
            (first, behind)
        } else {
            ("", authority)
        }
    }
}

/// Whether a text is the base of a web address: scheme, host, perhaps a path.
pub(super) fn is_base(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    let web = matches!(uri.scheme_str(), Some("https" | "http"));
    let host = uri
        .authority()
        .is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'));
    web && host && uri.query().is_none() && !text.contains('#')
}

/// A host without its port; an address in brackets keeps its colons.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn filled(text: &str, port: &str, id: &str, domain: &str) -> String {
    text.replace(PORT, port)
        .replace(DOMAIN, domain)
        .replace(ID, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SandboxId {
        SandboxId::parse("ns--box").unwrap()
    }

    #[test]
    fn every_route_is_a_text() {
        let domain = Domain::parse("boxes.test:8443").unwrap();
        for (template, headers, url, pattern) in [
            (
                "https://{port}-{id}.{domain}",
                false,
                "https://49983-ns--box.boxes.test:8443",
                "https://*.boxes.test/*",
            ),
            (
                "https://{domain}/kruise/{id}/{port}/",
                false,
                "https://boxes.test:8443/kruise/ns--box/49983",
                "https://boxes.test/*",
            ),
            (
                "http://{port}-{id}.sandboxes.{domain}",
                false,
                "http://49983-ns--box.sandboxes.boxes.test:8443",
                "http://*.sandboxes.boxes.test/*",
            ),
            (
                "https://sandbox.{domain}",
                true,
                "https://sandbox.boxes.test:8443",
                "https://sandbox.boxes.test/*",
            ),
            (
                "http://localhost:{port}",
                true,
                "http://localhost:49983",
                "http://localhost/*",
            ),
            (
                "http://10.0.0.7:8080/x",
                true,
                "http://10.0.0.7:8080/x",
                "http://10.0.0.7/*",
            ),
            (
                "http://[::1]:{port}",
                true,
                "http://[::1]:49983",
                "http://[::1]/*",
            ),
        ] {
            let parsed = SandboxUrl::parse(template, headers).unwrap();
            assert_eq!(parsed.of(49983, &id(), Some(&domain)), url, "{template}");
            assert_eq!(parsed.pattern(Some(&domain)), pattern, "{template}");
        }
    }

    #[test]
    fn an_id_is_never_taken_for_a_placeholder() {
        let parsed = SandboxUrl::parse("https://{port}-{id}.{domain}", false).unwrap();
        assert_eq!(
            parsed.shown(49983, Some(&Domain::parse("e2b.app").unwrap())),
            "https://49983-{id}.e2b.app"
        );
    }

    #[test]
    fn what_leads_to_no_sandbox_is_refused() {
        for (template, headers) in [
            ("", false),
            ("{port}-{id}.{domain}", false),
            ("ftp://{port}-{id}.{domain}", false),
            ("https://{port}-{id}.{domain}/?x=1", false),
            ("https://{port}-{id}.{domain}/#x", false),
            ("https://{key}@{port}-{id}.{domain}", false),
            ("https://me@{port}-{id}.{domain}", false),
            ("https://{port}.{domain}", false),
            ("https://{id}.{domain}", false),
            ("https://sandbox.{domain}", false),
            ("https://{port}-{id}", false),
            ("https://a.{id}.{domain}/{port}", false),
            ("https://{port}-{id}.{domain", false),
        ] {
            assert!(
                matches!(
                    SandboxUrl::parse(template, headers),
                    Err(BadEndpoint::SandboxUrl(_))
                ),
                "{template}"
            );
        }
    }
}
