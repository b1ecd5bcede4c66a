//! Checksums of streams, so that no file is ever held in memory for one.
//!
//! SHA-256 names a file's content; MD5 and CRC32C are what Azure and Google check on a request's body; a zip
//! archive wants CRC-32.

use std::fmt::Write as _;

use md5::Md5;
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

    /// The checksum.
    #[must_use]
    pub fn bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// The checksum in lower-case hex, 64 digits.
    #[must_use]
    pub fn hex(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.bytes() {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

/// MD5 of bytes that come in pieces: against accidents on the way, not against people.
#[derive(Clone, Debug, Default)]
pub struct StreamingMd5(Md5);

impl StreamingMd5 {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The checksum.
    #[must_use]
    pub fn bytes(self) -> [u8; 16] {
        self.0.finalize().into()
    }
}

/// CRC32C (Castagnoli) of bytes that come in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamingCrc32c(u32);

impl StreamingCrc32c {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0 = crc32c::crc32c_append(self.0, piece);
    }

    /// The checksum, most significant byte first, as Google writes it.
    #[must_use]
    pub fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

/// CRC-32 (ISO-HDLC, that of zip) of bytes that come in pieces.
#[derive(Clone, Debug, Default)]
pub struct StreamingCrc32(crc32fast::Hasher);

impl StreamingCrc32 {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The checksum.
    #[must_use]
    pub fn value(self) -> u32 {
        self.0.finalize()
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

    #[test]
    fn the_vectors_of_rfc_1321_and_rfc_3720_hold() {
        let mut md5 = StreamingMd5::default();
        md5.update(b"mess");
        md5.update(b"age digest");
        assert_eq!(
            u128::from_be_bytes(md5.bytes()),
            0xf96b_697d_7cb7_938d_525a_2f31_aaf1_61d0
        );
        let mut crc = StreamingCrc32c::default();
        crc.update(&[0; 20]);
        crc.update(&[0; 12]);
        assert_eq!(u32::from_be_bytes(crc.bytes()), 0x8a91_36aa);
        let mut zip = StreamingCrc32::default();
        zip.update(b"1234");
        zip.update(b"56789");
        assert_eq!(zip.value(), 0xcbf4_3926);
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
