//! The checksums that a writer announces, and those of what came.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use s3s::crypto::{Checksum, Crc32c, Md5};

use super::error::Refusal;

/// Checksums of bytes that come in pieces.
pub(super) struct Hashing {
    md5: Md5,
    crc32c: Crc32c,
}

impl std::fmt::Debug for Hashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashing")
    }
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self {
            md5: Md5::new(),
            crc32c: Crc32c::new(),
        }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.md5.update(piece);
        self.crc32c.update(piece);
    }

    pub(super) fn finish(self) -> Hashes {
        Hashes {
            md5: self.md5.finalize(),
            crc32c: self.crc32c.finalize(),
        }
    }
}

/// The checksums of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hashes {
    md5: [u8; 16],
    /// The most significant byte first.
    crc32c: [u8; 4],
}

impl Hashes {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut hashing = Hashing::new();
        hashing.update(bytes);
        hashing.finish()
    }

    pub(super) fn md5_base64(&self) -> String {
        STANDARD.encode(self.md5)
    }

    pub(super) fn md5_hex(&self) -> String {
        crate::disk::hex(&self.md5)
    }

    pub(super) fn crc32c_base64(&self) -> String {
        STANDARD.encode(self.crc32c)
    }
}

/// What a writer says of the object that it writes, in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) md5: Option<String>,
    pub(super) crc32c: Option<String>,
}

impl Announced {
    /// From `x-goog-hash`, which may come twice or with a comma, and `Content-MD5`.
    pub(super) fn from_headers(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut announced = Self::default();
        let lines = headers.get_all("x-goog-hash").iter();
        let hashes = lines.filter_map(|line| line.to_str().ok());
        for hash in hashes.flat_map(|line| line.split(',')) {
            match hash.trim().split_once('=') {
                Some(("md5", value)) => announced.md5 = Some(value.to_owned()),
                Some(("crc32c", value)) => announced.crc32c = Some(value.to_owned()),
                _ => return Err(invalid(hash)),
            }
        }
        if let Some(md5) = headers.get("content-md5") {
            announced.md5 = md5.to_str().ok().map(str::to_owned);
        }
        announced.checked()
    }

    /// Only what is a checksum at all.
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        for (value, length) in [(&self.md5, 16), (&self.crc32c, 4)] {
            let Some(value) = value else { continue };
            let bytes = STANDARD.decode(value).unwrap_or_default();
            if bytes.len() != length {
                return Err(invalid(value));
            }
        }
        Ok(self)
    }

    /// `self`, and what `other` says besides.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            md5: self.md5.or(other.md5),
            crc32c: self.crc32c.or(other.crc32c),
        }
    }

    /// Refuses an object with other checksums.
    pub(super) fn check(&self, hashes: &Hashes) -> Result<(), Refusal> {
        let (md5, crc32c) = (hashes.md5_base64(), hashes.crc32c_base64());
        if let Some(provided) = self.crc32c.as_ref().filter(|own| **own != crc32c) {
            return Err(Refusal::bad_digest(format!(
                "Provided CRC32C \"{provided}\" doesn't match calculated CRC32C \"{crc32c}\"."
            )));
        }
        if let Some(provided) = self.md5.as_ref().filter(|own| **own != md5) {
            return Err(Refusal::bad_digest(format!(
                "Provided MD5 hash \"{provided}\" doesn't match calculated MD5 hash \"{md5}\"."
            )));
        }
        Ok(())
    }
}

fn invalid(value: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidDigest",
        "invalid",
        format!("Invalid hash \"{value}\"."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(lines: &[(&'static str, &'static str)]) -> Result<Announced, Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        Announced::from_headers(&headers)
    }

    #[test]
    fn both_ways_to_announce_two_checksums_are_read() {
        let (md5, crc32c) = ("XUFAKrxLKna5cZ2REBfFkg==", "mnG7TA==");
        let hashes = Hashes::of(b"hello");
        assert_eq!(
            (
                hashes.md5_base64().as_str(),
                hashes.crc32c_base64().as_str()
            ),
            (md5, crc32c)
        );
        let both = "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==";
        for lines in [
            vec![("x-goog-hash", both)],
            vec![("x-goog-hash", "crc32c=mnG7TA=="), ("content-md5", md5)],
        ] {
            let announced = announced(&lines).unwrap();
            assert!(announced.md5.is_some() && announced.crc32c.is_some());
            announced.check(&hashes).unwrap();
            announced.check(&Hashes::of(b"other")).unwrap_err();
        }
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for value in ["crc32c=AAA=", "md5=mnG7TA==", "sha1=AAAA", "crc32c"] {
            assert!(announced(&[("x-goog-hash", value)]).is_err(), "{value}");
        }
    }
}
