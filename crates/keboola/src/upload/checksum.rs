//! Checksums that a cloud storage verifies on the body of a request.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Which one a provider verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumKind {
    /// SHA-256: S3's `x-amz-checksum-sha256`.
    Sha256,
    /// MD5: Azure's `Content-MD5`.
    Md5,
    /// CRC32C, most significant byte first: Google's `x-goog-hash`.
    Crc32c,
}

/// A checksum of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which.
    pub kind: ChecksumKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Checksum {
    /// As all three providers write it.
    #[must_use]
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.bytes)
    }
}
