//! The Storage token: a secret that says who it is only by its last four characters.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A Storage token, not empty and fit for a header. Its inner shape is Keboola's own affair
/// (reference §2.1: treat as opaque). Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct StorageToken(String);

/// A text that cannot be a token. Never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StorageTokenError {
    /// Nothing, or blanks only.
    #[error("the token is empty")]
    Empty,
    /// A character that no header can carry, a blank in the middle among them.
    #[error("the token holds a blank or a character that is not ASCII; copy it again, alone")]
    NotAToken,
}

impl StorageToken {
    /// Reads a token as a person pastes it: blanks and line ends around it are dropped.
    ///
    /// # Errors
    /// When nothing is left, or what is left cannot be sent.
    pub fn parse(text: &str) -> Result<Self, StorageTokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(StorageTokenError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StorageTokenError::NotAToken);
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for the header and the vault.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// All that is ever shown of it. Fewer characters for a text too short to be a token.
    #[must_use]
    pub fn last4(&self) -> &str {
        let start = self.0.len().saturating_sub(4);
        // A token is ASCII, so that every index is a boundary.
        self.0.get(start..).unwrap_or_default()
    }
}

impl fmt::Debug for StorageToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StorageToken(…{})", self.last4())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_is_left_of_the_paste() {
        for pasted in [
            "33-555-abcdef1234",
            "  33-555-abcdef1234\n",
            "\t33-555-abcdef1234\r\n",
        ] {
            let token = StorageToken::parse(pasted).unwrap();
            assert_eq!(token.expose(), "33-555-abcdef1234");
            assert_eq!(token.last4(), "1234");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_no_token() {
        for (text, error) in [
            ("", StorageTokenError::Empty),
            (" \n\t", StorageTokenError::Empty),
            ("two words", StorageTokenError::NotAToken),
            ("line\nline", StorageTokenError::NotAToken),
            ("tokén", StorageTokenError::NotAToken),
            ("a\u{200b}b", StorageTokenError::NotAToken),
        ] {
            assert_eq!(StorageToken::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_the_last_four_only() {
        let token = StorageToken::parse("33-555-abcdef1234").unwrap();
        assert_eq!(format!("{token:?}"), "StorageToken(…1234)");
        assert_eq!(StorageToken::parse("ab").unwrap().last4(), "ab");
    }
}
