//! SHA-256 of a stream, so that no file is ever held in memory for its checksum.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// SHA-256 of bytes that come in pieces.
///
/// ```
/// let mut hash = transfer::checksum::StreamingSha256::new();
/// hash.update(b"a");
/// hash.update(b"bc");
/// assert!(hash.hex().starts_with("ba7816bf"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamingSha256(Sha256);

impl StreamingSha256 {
    /// Of no bytes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The checksum in lower-case hex, 64 digits.
    #[must_use]
    pub fn hex(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(bytes: &[u8]) -> String {
        let mut hash = StreamingSha256::new();
        hash.update(bytes);
        hash.hex()
    }

    #[test]
    fn the_vectors_of_fips_180_hold() {
        for (text, hex) in [
            (
                "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            assert_eq!(of(text.as_bytes()), hex, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bytes in prop::collection::vec(any::<u8>(), 0..500),
            size in 1_usize..100,
        ) {
            let mut hash = StreamingSha256::new();
            bytes.chunks(size).for_each(|piece| hash.update(piece));
            prop_assert_eq!(hash.hex(), of(&bytes));
        }
    }
}
