//! Chrome's match patterns: which are legal.
//!
//! Chrome drops an illegal pattern in `host_permissions` without a word and refuses to load the
//! extension for one in `content_scripts`, so the build checks them all (reference mv3 §5.1).

/// Why Chrome would not take a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("it does not read scheme://host/path")]
    Shape,
    #[error("the scheme is not https, http or *")]
    Scheme,
    #[error("a * may only be the whole host or its first label")]
    HostWildcard,
    #[error("the host is empty or holds a character that hosts cannot have")]
    Host,
    #[error("here the path must be /*")]
    Path,
}

/// Where a pattern stands: web accessible resources take no other path than `/*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternUse {
    Script,
    Permission,
    WebAccessible,
}

/// Whether Chrome takes the pattern.
pub(crate) fn check(pattern: &str, used_as: PatternUse) -> Result<(), PatternError> {
    let (scheme, rest) = pattern.split_once("://").ok_or(PatternError::Shape)?;
    if !matches!(scheme, "https" | "http" | "*") {
        return Err(PatternError::Scheme);
    }
    let slash = rest.find('/').ok_or(PatternError::Shape)?;
    let (host, path) = rest.split_at(slash);
    check_host(host)?;
    if used_as == PatternUse::WebAccessible && path != "/*" {
        return Err(PatternError::Path);
    }
    Ok(())
}

fn check_host(host: &str) -> Result<(), PatternError> {
    let fixed = match host.strip_prefix("*.") {
        Some(fixed) => fixed,
        None if host == "*" => return Ok(()),
        None => host,
    };
    if fixed.contains('*') {
        return Err(PatternError::HostWildcard);
    }
    // A port is legal in patterns.
    let (name, port) = fixed.split_once(':').unwrap_or((fixed, "1"));
    let legal_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let legal_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    if name.split('.').all(legal_label) && legal_port {
        Ok(())
    } else {
        Err(PatternError::Host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_that_chrome_takes_pass() {
        use PatternError::{Host, HostWildcard, Path, Scheme, Shape};
        use PatternUse::{Permission, Script, WebAccessible};
        let cases = [
            ("https://*.keboola.com/admin/*", Script, Ok(())),
            ("https://*.keboola.com/*", Permission, Ok(())),
            ("https://*.keboola.cloud/*", WebAccessible, Ok(())),
            ("https://*/*", Permission, Ok(())),
            ("*://localhost:8080/*", Permission, Ok(())),
            ("http://127.0.0.1/*", Permission, Ok(())),
            (
                "https://connection.*.keboola.com/*",
                Permission,
                Err(HostWildcard),
            ),
            ("https://*.keboola.*/*", Permission, Err(HostWildcard)),
            ("https://*keboola.com/*", Permission, Err(HostWildcard)),
            ("https://*.keboola.com", Permission, Err(Shape)),
            ("keboola.com/*", Permission, Err(Shape)),
            ("ftp://keboola.com/*", Permission, Err(Scheme)),
            ("chrome-extension://abc/*", Script, Err(Scheme)),
            ("https:///*", Permission, Err(Host)),
            ("https://a..b/*", Permission, Err(Host)),
            ("https://a b/*", Permission, Err(Host)),
            ("https://a:0/*", Permission, Err(Host)),
            ("https://*.keboola.com/admin/*", WebAccessible, Err(Path)),
        ];
        for (pattern, used_as, expected) in cases {
            assert_eq!(
                check(pattern, used_as),
                expected,
                "{pattern} as {used_as:?}"
            );
        }
    }

    #[test]
    fn the_shipped_manifest_has_only_legal_patterns() {
        let text = include_str!("../../../extension/manifest.json");
        let manifest = serde_json::from_str(text).unwrap();
        assert_eq!(
            crate::manifest::check_patterns(&manifest).map_err(|e| e.to_string()),
            Ok(())
        );
    }
}
