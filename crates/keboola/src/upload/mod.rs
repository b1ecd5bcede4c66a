//! Sending a file's bytes to the cloud storage behind Storage (reference §3.1): which requests, in
//! which order, and what the answers mean. Nothing is sent here, no clock is read, no byte of the
//! file is seen.
//!
//! A small file goes by [`Upload::whole`]. A larger one goes by [`Upload::begin`], one
//! [`Upload::part`] after or beside the other, and [`Upload::finish`]. An object is there only when
//! the last of these was answered with success.

mod checksum;
mod refusal;
mod s3;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use checksum::{Checksum, ChecksumKind};
pub use refusal::Refusal;
pub use s3::S3Upload;
pub(crate) use s3::UploadWire;

/// Permission to write one file's object, by provider. Holds the credentials of that file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upload {
    /// On Amazon S3.
    S3(Box<S3Upload>),
    /// On Azure Blob Storage.
    Azure,
    /// On Google Cloud Storage.
    Gcs,
}

/// What a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest object by one request.
    pub single_max: u64,
    /// Bytes of the smallest part, the last one excepted.
    pub part_min: u64,
    /// Bytes of the largest part.
    pub part_max: u64,
    /// Every part but the last is a multiple of this many bytes.
    pub part_multiple: u64,
    /// The largest number of parts.
    pub parts_max: u32,
    /// Bytes of the largest object.
    pub object_max: u64,
    /// Whether one part must be taken before the next is sent.
    pub sequential: bool,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The file's bytes, or those of the part.
    File,
    /// This text.
    Text(String),
    /// Nothing.
    Empty,
}

/// A request that carries its own permission. Whoever holds it may do what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRequest {
    /// HTTP method.
    pub method: http::Method,
    /// The signature may stand in its query.
    pub url: String,
    /// To be sent exactly so: they may be part of the signature.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl fmt::Debug for ProviderRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.url.split('?').next().unwrap_or_default();
        write!(formatter, "ProviderRequest({} {place})", self.method)
    }
}

/// A provider's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, as text.
    pub body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// An upload in parts that was begun, in the provider's own words; empty where it needs none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session(String);

impl Session {
    /// Of a provider that needs no begin.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which, from 0.
    pub index: u32,
    /// Its first byte.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Bytes of the whole file.
    pub total: u64,
    /// Of this part alone.
    pub checksum: Checksum,
}

/// What the provider gave for a part that it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The part, from 0.
    pub index: u32,
    /// S3's `ETag`, quotes included.
    pub etag: String,
    /// The part's checksum in base64.
    pub checksum: String,
}

impl Upload {
    /// What the provider takes.
    #[must_use]
    pub fn limits(&self) -> Limits {
        s3::LIMITS
    }

    /// The checksum that the provider verifies on each body.
    #[must_use]
    pub fn checksum_kind(&self) -> ChecksumKind {
        ChecksumKind::Sha256
    }

    /// The request that sends the whole file. `now` is the time since 1970.
    #[must_use]
    pub fn whole(
        &self,
        now: Duration,
        content_type: &str,
        checksum: &Checksum,
    ) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.whole(now, content_type, checksum)),
            Self::Azure | Self::Gcs => None,
        }
    }

    /// The request that begins an upload in parts; `None` where there is none to send.
    #[must_use]
    pub fn begin(&self, now: Duration, content_type: &str) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.begin(now, content_type)),
            Self::Azure | Self::Gcs => None,
        }
    }

    /// Reads the answer to [`Upload::begin`].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn read_begun(&self, reply: &Reply) -> Result<Session, Refusal> {
        s3::read_begun(reply).map(Session)
    }

    /// The request that sends a part.
    #[must_use]
    pub fn part(&self, now: Duration, session: &Session, part: &Part) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.part(now, &session.0, part)),
            Self::Azure | Self::Gcs => None,
        }
    }

    /// Reads the answer to [`Upload::part`].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn read_part(&self, part: &Part, reply: &Reply) -> Result<Receipt, Refusal> {
        s3::read_part(part, reply)
    }

    /// The request that makes an object of the parts; `None` where the last part did.
    #[must_use]
    pub fn finish(
        &self,
        now: Duration,
        session: &Session,
        receipts: &[Receipt],
    ) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.finish(now, &session.0, receipts)),
            Self::Azure | Self::Gcs => None,
        }
    }

    /// Reads the answer to what should have made the object: [`Upload::whole`] or
    /// [`Upload::finish`].
    ///
    /// # Errors
    /// See [`Refusal`]; an error in an answer with status 200 is one too.
    pub fn read_finished(&self, reply: &Reply) -> Result<(), Refusal> {
        s3::read_finished(reply)
    }
}
