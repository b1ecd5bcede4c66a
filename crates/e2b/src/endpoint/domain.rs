//! The domain of a service's hosts.

use std::fmt;

use super::BadEndpoint;

/// Domain of the sandboxes' hosts, perhaps with a port: `e2b.app`, `sandboxes.test:8443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// E2B's own.
    pub(super) fn cloud() -> Self {
        Self("e2b.app".to_owned())
    }

    /// Checks that the text is a host name, perhaps with a port.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(text: &str) -> Result<Self, BadEndpoint> {
        let text = text.trim();
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
    fn a_domain_is_nothing_but_a_host() {
        for good in ["e2b.app", "localhost", "localhost:3000", "a-b.c.d"] {
            assert_eq!(Domain::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(Domain::parse(" E2B.app\n").unwrap().as_str(), "e2b.app");
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
