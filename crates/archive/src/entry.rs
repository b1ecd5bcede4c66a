//! One file of an archive and its two headers.

use thiserror::Error;

use crate::field::{Record, is_long, short};

/// APPNOTE 4.4.3: 2.0 for folders and stored files, 4.5 for ZIP64.
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// APPNOTE 4.4.4: the name is UTF-8.
const UTF8: u16 = 1 << 11;
/// APPNOTE 4.4.2: made on Unix, so that the attributes are a mode.
const UNIX: u16 = 3 << 8;
/// A file that its owner may write and everybody may read.
const MODE: u32 = 0o100_644 << 16;

/// When a file was changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// Seconds since 1970, for programs that know the extended timestamp.
    pub unix_seconds: i64,
    /// Year of the local time; zip knows 1980 to 2107.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 1 to 31.
    pub day: u16,
    /// 0 to 23.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u16,
    /// 0 to 59; zip keeps even ones.
    pub second: u16,
}

impl Modified {
    fn dos_time(self) -> u16 {
        (self.hour.min(23) << 11) | (self.minute.min(59) << 5) | (self.second.min(59) / 2)
    }

    fn dos_date(self) -> u16 {
        let year = self.year.clamp(1980, 2107) - 1980;
        (year << 9) | (self.month.clamp(1, 12) << 5) | self.day.clamp(1, 31)
    }
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    name: String,
    bytes: u64,
    crc32: u32,
    modified: Modified,
}

/// Why a file cannot be in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// Longer than the format's field.
    #[error("the path is {bytes} bytes long; a zip archive takes 65,535")]
    NameTooLong {
        /// Its length.
        bytes: usize,
    },
    /// Absolute, with `..`, or with a backslash: it could be written outside of the folder that the
    /// archive is unpacked into.
    #[error("the path leads out of the archive")]
    NameLeadsOut,
}

impl Entry {
    /// A file with its path in the archive, slashes between.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub fn new(name: &str, bytes: u64, crc32: u32, modified: Modified) -> Result<Self, EntryError> {
        let leads_out = |segment: &str| matches!(segment, "" | "." | "..");
        if name.contains('\\') || name.split('/').any(leads_out) {
            return Err(EntryError::NameLeadsOut);
        }
        if name.len() > usize::from(u16::MAX) {
            return Err(EntryError::NameTooLong { bytes: name.len() });
        }
        Ok(Self {
            name: name.to_owned(),
            bytes,
            crc32,
            modified,
        })
    }

    /// Size of its content in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn name_length(&self) -> u16 {
        // Checked in `new`.
        u16::try_from(self.name.len()).unwrap_or(u16::MAX)
    }

    /// APPNOTE 4.5 and Info-ZIP's extended timestamp.
    fn timestamp(&self, extra: Record) -> Record {
        match i32::try_from(self.modified.unix_seconds) {
            Ok(seconds) => {
                let mut content = vec![1_u8];
                content.extend(seconds.to_le_bytes());
                extra.block(0x5455, &content)
            }
            Err(_) => extra,
        }
    }

    /// What comes before the content (APPNOTE 4.3.7).
    pub(crate) fn local_header(&self) -> Vec<u8> {
        let zip64 = is_long(self.bytes);
        let mut extra = Record::default();
        if zip64 {
            // Both sizes, always (APPNOTE 4.5.3).
            let sizes = Record::default().u64(self.bytes).u64(self.bytes);
            extra = extra.block(1, &sizes.into_bytes());
        }
        let extra = self.timestamp(extra);
        Record::new(0x0403_4b50)
            .u16(if zip64 { ZIP64 } else { PLAIN })
            .u16(UTF8)
            .u16(0)
            .u16(self.modified.dos_time())
            .u16(self.modified.dos_date())
            .u32(self.crc32)
            .u32(short(self.bytes))
            .u32(short(self.bytes))
            .u16(self.name_length())
            .u16(u16::try_from(extra.len()).unwrap_or(u16::MAX))
            .bytes(self.name.as_bytes())
            .bytes(&extra.into_bytes())
            .into_bytes()
    }

    /// Its line in the central directory (APPNOTE 4.3.12). `offset` is that of its local header.
    pub(crate) fn central_header(&self, offset: u64) -> Vec<u8> {
        // All three or none: APPNOTE 4.5.3 lets each be there alone, but `unzip` 6.0 reads a lone
        // offset as a size.
        let zip64 = is_long(self.bytes) || is_long(offset);
        let mut extra = Record::default();
        if zip64 {
            let fields = Record::default()
                .u64(self.bytes)
                .u64(self.bytes)
                .u64(offset);
            extra = extra.block(1, &fields.into_bytes());
        }
        let (bytes, offset) = if zip64 {
            (u32::MAX, u32::MAX)
        } else {
            (short(self.bytes), short(offset))
        };
        let extra = self.timestamp(extra);
        Record::new(0x0201_4b50)
            .u16(UNIX | ZIP64)
            .u16(if zip64 { ZIP64 } else { PLAIN })
            .u16(UTF8)
            .u16(0)
            .u16(self.modified.dos_time())
            .u16(self.modified.dos_date())
            .u32(self.crc32)
            .u32(bytes)
            .u32(bytes)
            .u16(self.name_length())
            .u16(u16::try_from(extra.len()).unwrap_or(u16::MAX))
            .u16(0)
            .u16(0)
            .u16(0)
            .u32(MODE)
            .u32(offset)
            .bytes(self.name.as_bytes())
            .bytes(&extra.into_bytes())
            .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Modified = Modified {
        unix_seconds: 1_795_953_599,
        year: 2026,
        month: 11,
        day: 29,
        hour: 12,
        minute: 39,
        second: 59,
    };

    #[test]
    fn a_path_that_leads_out_is_refused() {
        for name in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b"] {
            let refused = Entry::new(name, 0, 0, NOON);
            assert_eq!(refused, Err(EntryError::NameLeadsOut), "{name:?}");
        }
        let long = "a".repeat(65_536);
        assert_eq!(
            Entry::new(&long, 0, 0, NOON),
            Err(EntryError::NameTooLong { bytes: 65_536 })
        );
        for name in ["a", "a/b/c.csv", "..a", "ö", &"a".repeat(65_535)] {
            assert!(Entry::new(name, 0, 0, NOON).is_ok());
        }
    }

    #[test]
    fn times_outside_of_what_zip_knows_are_its_nearest() {
        let early = Modified { year: 1970, ..NOON };
        assert_eq!(early.dos_date() >> 9, 0);
        let late = Modified { year: 2200, ..NOON };
        assert_eq!(late.dos_date() >> 9, 127);
        assert_eq!(NOON.dos_time(), (12 << 11) | (39 << 5) | 29);
    }
}
