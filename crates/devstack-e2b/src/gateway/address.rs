//! Which sandbox and port a request is for (`reference/e2b.md` §3.1).

use axum::http::{HeaderMap, Uri, header};
use thiserror::Error;

use crate::service::Service;

/// A port of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) sandbox: String,
    pub(super) port: u16,
}

/// Why a request can go nowhere; the texts are the proxy's, all with status 400.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum AddressError {
    #[error("Invalid host")]
    InvalidHost,
    #[error("Invalid sandbox port")]
    InvalidPort,
    #[error("missing header")]
    MissingHeader,
}

/// The host of a request, in HTTP/1.1 by its header, in HTTP/2 by its authority.
pub(super) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST)?.to_str().ok())
        .unwrap_or("")
}

/// Reads `{port}-{sandboxID}[-{clientID}].{domain}`, else the headers `E2b-Sandbox-Id` and
/// `E2b-Sandbox-Port`, which serve shared hosts, IP addresses and localhost.
pub(super) fn address(
    uri: &Uri,
    headers: &HeaderMap,
    service: Service,
) -> Result<Address, AddressError> {
    if let Some(found) = from_host(host(uri, headers), service) {
        return found;
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text("e2b-sandbox-id"), text("e2b-sandbox-port")) {
        (Some(sandbox), Some(port)) => {
            let port = port.parse().map_err(|_| AddressError::InvalidPort)?;
            Ok(Address {
                sandbox: sandbox.to_owned(),
                port,
            })
        }
        (None, None) => Err(AddressError::InvalidHost),
        _ => Err(AddressError::MissingHeader),
    }
}

/// `None` when the host is not of a sandbox's form.
fn from_host(host: &str, service: Service) -> Option<Result<Address, AddressError>> {
    let (label, _domain) = host.split_once('.')?;
    let (port, rest) = label.split_once('-')?;
    let sandbox = match service {
        Service::E2b => rest.split('-').next().unwrap_or(""),
        Service::OpenKruise => rest,
    };
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if sandbox.is_empty()
        || !sandbox
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return Some(Err(AddressError::InvalidHost));
    }
    Some(
        port.parse()
            .map(|port| Address {
                sandbox: sandbox.to_owned(),
                port,
            })
            .map_err(|_| AddressError::InvalidPort),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_and_headers_lead_to_a_sandbox() {
        let found = |sandbox: &str, port| {
            Ok(Address {
                sandbox: sandbox.into(),
                port,
            })
        };
        for (host, headers, expected) in [
            ("49983-iabc123.e2b.app", vec![], found("iabc123", 49983)),
            (
                "49983-iabc123.e2b.app:8443",
                vec![],
                found("iabc123", 49983),
            ),
            (
                "49983-iabc123-6532622b.e2b.app",
                vec![],
                found("iabc123", 49983),
            ),
            (
                "99999-iabc123.e2b.app",
                vec![],
                Err(AddressError::InvalidPort),
            ),
            ("49983-i_b.e2b.app", vec![], Err(AddressError::InvalidHost)),
            (
                "sandbox.e2b.app",
                vec![("e2b-sandbox-id", "iabc"), ("e2b-sandbox-port", "49983")],
                found("iabc", 49983),
            ),
            (
                "127.0.0.1:3001",
                vec![("e2b-sandbox-id", "iabc"), ("e2b-sandbox-port", "80")],
                found("iabc", 80),
            ),
            (
                "sandbox.e2b.app",
                vec![("e2b-sandbox-id", "iabc")],
                Err(AddressError::MissingHeader),
            ),
            (
                "localhost",
                vec![("e2b-sandbox-id", "iabc"), ("e2b-sandbox-port", "x")],
                Err(AddressError::InvalidPort),
            ),
            ("sandbox.e2b.app", vec![], Err(AddressError::InvalidHost)),
        ] {
            let mut map: HeaderMap = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            map.insert(header::HOST, host.parse().unwrap());
            assert_eq!(
                address(&"/files".parse().unwrap(), &map, Service::E2b),
                expected,
                "{host} {headers:?}"
            );
        }
    }
}
