//! What the control plane tells envd about its sandbox. It arrives as one JSON document on standard
//! input, because arguments and environment of a process can be read by the sandbox's user.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::service::Version;

/// Which user ids exist in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ids {
    /// envd is real root and commands run as uid 1000 or 0.
    Real,
    /// The host gave us one uid only (started without root): every account is that uid.
    Single,
}

/// Token of a secured sandbox (`X-Access-Token`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AccessToken(pub(crate) String);

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self
            .0
            .char_indices()
            .rev()
            .nth(3)
            .map_or("", |(at, _)| self.0.get(at..).unwrap_or(""));
        write!(formatter, "…{tail}")
    }
}

/// The document on standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Config {
    pub(crate) access_token: Option<AccessToken>,
    /// Global environment of every command, readable by `GET /envs`.
    pub(crate) envs: BTreeMap<String, String>,
    /// The PATH of every command.
    pub(crate) path: String,
    pub(crate) ids: Ids,
    /// What it is to be as old as.
    pub(crate) version: Version,
    /// How far its clock is ahead of this computer's, in seconds.
    pub(crate) ahead_s: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_its_last_four_characters_only() {
        assert_eq!(
            format!("{:?}", AccessToken("0123456789abcdef".into())),
            "…cdef"
        );
        assert_eq!(format!("{:?}", AccessToken("abc".into())), "…");
    }
}
