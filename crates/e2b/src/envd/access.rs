//! What it takes to speak to one sandbox, and nothing more.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::last4;
use crate::{EnvdVersion, SandboxId};

/// A sandbox's own token: a capability for this sandbox only, sent as `X-Access-Token`. `Debug`
/// shows its last four characters; the memory is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvdToken(Zeroizing<String>);

/// A text that cannot be a sandbox's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a sandbox's token that a header cannot carry")]
pub struct BadEnvdToken;

impl EnvdToken {
    /// Checks that a header can carry the token.
    ///
    /// # Errors
    /// When it is empty or holds anything but visible ASCII.
    pub fn parse(token: &str) -> Result<Self, BadEnvdToken> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadEnvdToken);
        }
        Ok(Self(Zeroizing::new(token.to_owned())))
    }

    /// The token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnvdToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "…{}", last4(&self.0))
    }
}

/// Where a sandbox's envd is, and what lets us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvdAccess {
    /// Base URL, `https://49983-{id}.{domain}`.
    pub url: String,
    /// Its token, when it is secured.
    pub token: Option<EnvdToken>,
    /// Its version.
    pub version: EnvdVersion,
    /// Unix user of files and processes; `None` is the template's own.
    pub user: Option<String>,
    /// The sandbox that each call names in headers, where the address alone does not (§3.1).
    pub routed_to: Option<SandboxId>,
}

impl EnvdAccess {
    /// The user to name: an envd without a default user is always told `user` (§3.4).
    pub(crate) fn user(&self) -> Option<&str> {
        match &self.user {
            Some(user) => Some(user),
            None if self.version.has_default_user() => None,
            None => Some("user"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envd_without_a_default_user_is_told_one() {
        for (user, version, named) in [
            (None, "0.9.1", None),
            (None, "0.2.10", Some("user")),
            (Some("root"), "0.9.1", Some("root")),
            (Some("root"), "0.2.10", Some("root")),
        ] {
            let access = EnvdAccess {
                url: String::new(),
                token: None,
                version: EnvdVersion::read(version),
                user: user.map(str::to_owned),
                routed_to: None,
            };
            assert_eq!(access.user(), named, "{user:?} {version}");
        }
    }

    #[test]
    fn a_token_shows_its_last_four() {
        assert_eq!(
            format!("{:?}", EnvdToken::parse("0123456789abcdef").unwrap()),
            "…cdef"
        );
        for bad in ["", "a b", "a\r\nb"] {
            assert_eq!(EnvdToken::parse(bad), Err(BadEnvdToken), "{bad:?}");
        }
    }
}
