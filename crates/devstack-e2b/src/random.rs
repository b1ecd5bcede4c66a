//! Random names and tokens.

/// Lower-case letters and digits.
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// `length` random lower-case letters and digits, as the service's ids have them.
pub(crate) fn lowercase(length: usize) -> String {
    bytes(length)
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

/// A token of `length` random bytes in hexadecimal.
pub(crate) fn hex(length: usize) -> String {
    bytes(length)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[expect(
    clippy::expect_used,
    reason = "without the system's randomness no id or token may be given out"
)]
fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_tokens_have_their_alphabet_and_differ() {
        let id = lowercase(20);
        assert!(
            id.len() == 20
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{id}"
        );
        assert_eq!(hex(32).len(), 64);
        assert_ne!(lowercase(20), lowercase(20));
    }
}
