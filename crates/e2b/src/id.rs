//! The id of a sandbox: opaque, but safe in a path and in a host name.

use std::fmt;

use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// Id of a sandbox. E2B's are `i` and 20 letters or digits, others have other shapes
/// (`namespace--name`, reference/e2b.md §8.1), so only what could break a URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SandboxId(String);

/// A text that cannot be the id of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a sandbox id is 1 to 128 letters, digits, dashes, underscores and dots between them")]
pub struct BadSandboxId;

impl SandboxId {
    /// Checks that the text can stand in a path and in a host name.
    ///
    /// # Errors
    /// When it is empty, longer than 128 characters, or holds anything but letters, digits, `-`,
    /// `_` and inner dots.
    pub fn parse(text: &str) -> Result<Self, BadSandboxId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let ends = |c| matches!(c, '.' | '-');
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(plain)
            && !text.starts_with(ends)
            && !text.ends_with(ends)
            && !text.contains("..");
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadSandboxId)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SandboxId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_opaque_but_never_break_a_url() {
        for id in ["i0123456789abcdefghij", "default--my-box-1", "a", "a.b_c"] {
            assert_eq!(SandboxId::parse(id).unwrap().as_str(), id);
        }
        let long = "a".repeat(129);
        for id in [
            "", ".", "..", "a/b", "a..b", "-a", "a.", "a b", "a?b", "a%2f", "á", &long,
        ] {
            assert_eq!(SandboxId::parse(id), Err(BadSandboxId), "{id:?}");
        }
    }
}
