//! A sandbox with what it takes to speak to it, as create and get answer it.

use bytes::Bytes;
use http::Response;
use serde::Deserialize;

use super::parse;
use crate::{
    Domain, E2bError, ENVD_PORT, Endpoint, EnvdAccess, EnvdToken, EnvdVersion, SandboxId, time,
};

/// A sandbox and the way into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Its id.
    pub id: SandboxId,
    /// Id of its template.
    pub template: String,
    /// Its own domain, which wins over the endpoint's.
    pub domain: Option<Domain>,
    /// Version of its envd.
    pub envd_version: EnvdVersion,
    /// Its own token; a sandbox that is not secured has none.
    pub access_token: Option<EnvdToken>,
    /// End of its life in milliseconds since 1970, by the service's clock. A create does not answer it.
    pub ends_at: Option<u64>,
    /// Whether it may reach the internet, when the service says so.
    pub internet: Option<bool>,
    /// Life that was left when the service answered, in milliseconds, when both are told.
    pub left_ms: Option<u64>,
}

impl Sandbox {
    /// What envd's calls need. `user` is the Unix user; `None` is the template's own.
    #[must_use]
    pub fn envd(&self, endpoint: &Endpoint, user: Option<String>) -> EnvdAccess {
        EnvdAccess {
            url: endpoint.sandbox_url(ENVD_PORT, &self.id, self.domain.as_ref()),
            token: self.access_token.clone(),
            version: self.envd_version,
            user,
            routed_to: endpoint.routing_headers().then(|| self.id.clone()),
        }
    }

    /// Reads the answer of create or get.
    pub(crate) fn read(reply: &Response<Bytes>) -> Result<Self, E2bError> {
        let wire: Wire = parse(reply)?;
        // A service may write an absent text as an empty one.
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        let domain = match present(wire.domain) {
            Some(text) => Some(Domain::parse(&text).map_err(unexpected)?),
            None => None,
        };
        let access_token = match present(wire.envd_access_token) {
            Some(text) => Some(EnvdToken::parse(&text).map_err(unexpected)?),
            None => None,
        };
        let ends_at = wire.end_at.as_deref().and_then(time::unix_ms);
        Ok(Self {
            id: wire.sandbox_id,
            template: wire.template_id,
            domain,
            envd_version: EnvdVersion::read(&wire.envd_version),
            access_token,
            internet: wire.allow_internet_access,
            left_ms: ends_at.and_then(|end| time::left_ms(reply.headers(), end)),
            ends_at,
        })
    }
}

/// The id in an answer of which nothing else may be believed.
pub(super) fn read_id(reply: &Response<Bytes>) -> Option<SandboxId> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "sandboxID")]
        id: SandboxId,
    }
    let named: Named = serde_json::from_slice(reply.body()).ok()?;
    Some(named.id)
}

fn unexpected(error: impl std::fmt::Display) -> E2bError {
    E2bError::UnexpectedReply {
        what: error.to_string(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "sandboxID")]
    sandbox_id: SandboxId,
    #[serde(rename = "templateID", default)]
    template_id: String,
    #[serde(default)]
    envd_version: String,
    #[serde(default)]
    envd_access_token: Option<String>,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    end_at: Option<String>,
    #[serde(default)]
    allow_internet_access: Option<bool>,
}
