//! The e2b API key: read as people paste it, shown as its last four characters only.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// The account's API key. `Debug` shows its last four characters; the memory is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

/// A text that cannot be sent as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadApiKey {
    /// Nothing is left once blanks and quotes are gone.
    #[error("the key is empty")]
    Empty,
    /// A header cannot carry it.
    #[error("the key holds a blank in its middle or a character that a header cannot carry")]
    NotAHeaderValue,
}

impl ApiKey {
    /// Reads a key as it was pasted: blanks and quotes around it are dropped (a known cause of 401,
    /// reference/e2b.md §6).
    ///
    /// ```
    /// let key = e2b::ApiKey::parse(" \"e2b_00ff\"\n").unwrap();
    /// assert_eq!(key.expose(), "e2b_00ff");
    /// ```
    ///
    /// # Errors
    /// When nothing is left, or when it cannot stand in a header.
    pub fn parse(pasted: &str) -> Result<Self, BadApiKey> {
        let key = pasted.trim_matches(is_wrapping);
        if key.is_empty() {
            return Err(BadApiKey::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadApiKey::NotAHeaderValue);
        }
        Ok(Self(Zeroizing::new(key.to_owned())))
    }

    /// The key itself, for the one header that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, all that is ever shown. A key of eight or fewer shows none.
    #[must_use]
    pub fn last4(&self) -> &str {
        last4(&self.0)
    }

    /// A doubt about the key's shape, in words. E2B mints `e2b_` and hex digits, compatible services
    /// mint other shapes (§2.2): so this warns and never refuses.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        match self.0.strip_prefix("e2b_") {
            None => Some("An e2b key begins with e2b_; this one does not."),
            Some(hex) if hex.is_empty() || !hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Some("After e2b_ an e2b key holds only the digits 0-9 and a-f; this one does not.")
            }
            // Not an error: the length is what E2B mints today, not what its server demands.
            Some(hex) if hex.len() < 40 => {
                Some("An e2b key is 44 characters long; this one is shorter, perhaps cut off.")
            }
            Some(_) => None,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "…{}", self.last4())
    }
}

/// The last four characters of a secret, or nothing when that would be half of it.
pub(crate) fn last4(secret: &str) -> &str {
    let start = secret.char_indices().nth_back(3).map(|(index, _)| index);
    match start {
        Some(start) if start > 4 => secret.get(start..).unwrap_or_default(),
        _ => "",
    }
}

fn is_wrapping(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '\u{feff}' | '\u{200b}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digits: usize) -> String {
        "0a1b2c3d4e".chars().cycle().take(digits).collect()
    }

    #[test]
    fn blanks_and_quotes_around_a_key_are_dropped() {
        for pasted in [
            "key-1",
            " key-1\n",
            "\"key-1\"",
            "'key-1' ",
            "\u{200b}“key-1”\t",
        ] {
            assert_eq!(
                ApiKey::parse(pasted).unwrap().expose(),
                "key-1",
                "{pasted:?}"
            );
        }
    }

    #[test]
    fn what_no_header_carries_is_refused() {
        for (pasted, why) in [
            ("", BadApiKey::Empty),
            (" \" \" ", BadApiKey::Empty),
            ("a b", BadApiKey::NotAHeaderValue),
            ("a\nb", BadApiKey::NotAHeaderValue),
            ("klíč", BadApiKey::NotAHeaderValue),
        ] {
            assert_eq!(ApiKey::parse(pasted).unwrap_err(), why, "{pasted:?}");
        }
    }

    #[test]
    fn debug_shows_the_last_four_and_nothing_of_a_short_key() {
        let long = ApiKey::parse(&format!("e2b_{}", hex(40))).unwrap();
        assert_eq!(format!("{long:?}"), "…3d4e");
        let short = ApiKey::parse("abcdefgh").unwrap();
        assert_eq!(format!("{short:?}"), "…");
    }

    #[test]
    fn other_shapes_are_doubted_and_never_refused() {
        for (key, doubted) in [
            (format!("e2b_{}", hex(40)), false),
            (format!("e2b_{}", hex(64)), false),
            (format!("e2b_{}", hex(39)), true),
            ("e2b_".to_owned(), true),
            ("e2b_xyz".to_owned(), true),
            ("bsx_0011".to_owned(), true),
            ("anything".to_owned(), true),
        ] {
            let key = ApiKey::parse(&key).unwrap();
            assert_eq!(key.doubt().is_some(), doubted, "{key:?}");
        }
    }
}
