//! Random names: token secrets, access keys, version identifiers.
//!
//! Everything that looks like a secret is made here, at run time, so that none is in the source.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const UPPER: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHANUMERIC: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789Kb";

fn letters(alphabet: &[u8], count: usize) -> String {
    bytes(count)
        .iter()
        .map(|b| char::from(alphabet[usize::from(*b) % alphabet.len()]))
        .collect()
}

/// `count` random bytes.
///
/// The operating system's source does not fail on the systems that this program runs on; if it
/// ever does, the bytes are zero and the names repeat, which every caller would notice at once.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut buffer = vec![0; count];
    if let Err(error) = getrandom::fill(&mut buffer) {
        eprintln!("devstack: the system gives no random bytes: {error}");
    }
    buffer
}

/// The secret part of a Storage token.
pub(crate) fn token_secret() -> String {
    letters(ALPHANUMERIC, 40)
}

/// A temporary access key id, `ASIA` and 16 capitals.
pub(crate) fn access_key_id() -> String {
    format!("ASIA{}", letters(UPPER, 16))
}

/// A secret access key of 40 characters.
pub(crate) fn secret_access_key() -> String {
    letters(ALPHANUMERIC, 40)
}

/// A session token: long, and with the characters that must be escaped in a query.
pub(crate) fn session_token() -> String {
    format!(
        "{}+/{}==",
        URL_SAFE_NO_PAD.encode(bytes(96)),
        letters(ALPHANUMERIC, 16)
    )
}

/// An access token of Google's shape.
pub(crate) fn access_token() -> String {
    format!("ya29.dr.{}", URL_SAFE_NO_PAD.encode(bytes(120)))
}

/// The id of an upload in parts: long, and safe in a URL.
pub(crate) fn upload_id() -> String {
    URL_SAFE_NO_PAD.encode(bytes(72))
}

/// A lower-case ULID, as Keboola names versions and newer configurations. 26 characters.
pub(crate) fn ulid() -> String {
    let millis = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    let mut time = u64::try_from(millis).unwrap_or_default();
    let mut head = [0_u8; 10];
    for slot in head.iter_mut().rev() {
        *slot = CROCKFORD[usize::try_from(time % 32).unwrap_or_default()];
        time /= 32;
    }
    let head: String = head.iter().map(|b| char::from(*b)).collect();
    format!("{head}{}", letters(CROCKFORD, 16))
}

/// An exception id as Keboola puts into its error bodies.
pub(crate) fn exception_id() -> String {
    format!("devstack-{}", letters(CROCKFORD, 24))
}

/// A random UUID, as events are named.
pub(crate) fn uuid() -> String {
    let digits = hex(30);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// `count` hex digits.
pub(crate) fn hex(count: usize) -> String {
    letters(b"0123456789abcdef", count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_has_26_lower_case_characters_and_sorts_by_time() {
        let first = ulid();
        assert_eq!(first.len(), 26);
        assert!(first.starts_with('0'), "{first}");
        assert_eq!(first, first.to_lowercase());
        assert_ne!(first, ulid());
    }
}
