//! Little-endian fields, as all of a zip archive has them.

/// A record that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record(Vec<u8>);

impl Record {
    /// A record begins with its signature.
    pub(crate) fn new(signature: u32) -> Self {
        Self(Vec::new()).u32(signature)
    }

    /// A block of an extra field: its id and its bytes.
    pub(crate) fn block(mut self, id: u16, bytes: &[u8]) -> Self {
        // A block here has at most 28 bytes.
        self = self
            .u16(id)
            .u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        self.bytes(bytes)
    }

    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A number for a field of 32 bits; where it does not fit, the sign that a ZIP64 field has it.
pub(crate) fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Whether a number needs a ZIP64 field. The largest number of 32 bits is the sign itself.
pub(crate) fn is_long(value: u64) -> bool {
    value >= u64::from(u32::MAX)
}
