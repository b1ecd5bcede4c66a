//! The checksum that every part of an upload carries, when it was begun with one: of which kind, and
//! what it is for the whole object, the checksum of the parts' checksums (`COMPOSITE`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::dto::{self, ChecksumAlgorithm, CompletedPart};
use s3s::{S3Result, s3_error};

/// A kind of checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartChecksum {
    Crc32,
    Crc32c,
    Sha1,
    Sha256,
}

impl PartChecksum {
    /// The kind that an upload is begun with.
    pub(super) fn of(algorithm: Option<&ChecksumAlgorithm>) -> S3Result<Option<Self>> {
        Ok(Some(match algorithm.map(ChecksumAlgorithm::as_str) {
            None => return Ok(None),
            Some(ChecksumAlgorithm::CRC32) => Self::Crc32,
            Some(ChecksumAlgorithm::CRC32C) => Self::Crc32c,
            Some(ChecksumAlgorithm::SHA1) => Self::Sha1,
            Some(ChecksumAlgorithm::SHA256) => Self::Sha256,
            Some(other) => {
                return Err(s3_error!(
                    NotImplemented,
                    "The dev stack does not check parts by {}",
                    other
                ));
            }
        }))
    }

    /// As S3's messages name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// What a completing request says of a part.
    pub(super) fn named(self, part: &CompletedPart) -> Option<&str> {
        match self {
            Self::Crc32 => part.checksum_crc32.as_deref(),
            Self::Crc32c => part.checksum_crc32c.as_deref(),
            Self::Sha1 => part.checksum_sha1.as_deref(),
            Self::Sha256 => part.checksum_sha256.as_deref(),
        }
    }

    /// The one of this kind among all.
    pub(super) fn pick(self, sums: dto::Checksum) -> Option<String> {
        match self {
            Self::Crc32 => sums.checksum_crc32,
            Self::Crc32c => sums.checksum_crc32c,
            Self::Sha1 => sums.checksum_sha1,
            Self::Sha256 => sums.checksum_sha256,
        }
    }

    /// This one alone, for an answer.
    pub(super) fn alone(self, value: Option<String>) -> dto::Checksum {
        let mut sums = dto::Checksum::default();
        match self {
            Self::Crc32 => sums.checksum_crc32 = value,
            Self::Crc32c => sums.checksum_crc32c = value,
            Self::Sha1 => sums.checksum_sha1 = value,
            Self::Sha256 => sums.checksum_sha256 = value,
        }
        sums
    }

    fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Default::default()),
            Self::Crc32c => hasher.crc32c = Some(Default::default()),
            Self::Sha1 => hasher.sha1 = Some(Default::default()),
            Self::Sha256 => hasher.sha256 = Some(Default::default()),
        }
        hasher
    }

    /// Of an object, by those of its parts in base64, with their number.
    pub(super) fn composite<'a>(self, parts: impl Iterator<Item = &'a str>) -> Option<String> {
        let mut hasher = self.hasher();
        let mut count = 0;
        for part in parts {
            hasher.update(&STANDARD.decode(part).ok()?);
            count += 1;
        }
        Some(format!("{}-{count}", self.pick(hasher.finalize())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // By Python's zlib.crc32 and hashlib of the decoded checksums, one behind the other.
    #[test]
    fn of_the_whole_by_those_of_the_parts() {
        for (kind, parts, whole) in [
            (PartChecksum::Crc32, ["AAAAAA==", "AAAAAQ=="], "EiXv/w==-2"),
            (
                PartChecksum::Sha1,
                [
                    "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
                    "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
                ],
                "Q7Hpldvq0Q4zUUUyfPJPjQ7Dj4g=-2",
            ),
        ] {
            assert_eq!(kind.composite(parts.into_iter()).as_deref(), Some(whole));
        }
        assert_eq!(PartChecksum::Crc32.composite(["?"].into_iter()), None);
    }
}
