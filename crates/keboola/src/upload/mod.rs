//! Sending a file's bytes to the cloud storage behind Storage (reference §3.1): which requests, in
//! which order, and what the answers mean. Nothing is sent here, no clock is read, no byte of the
//! file is seen.
//!
//! A small file goes by [`Upload::whole`]. A larger one goes by [`Upload::begin`], one
//! [`Upload::part`] after or beside the other, and [`Upload::finish`]. An object is there only when
//! the last of these was answered with success.
//!
//! Where the parts follow on one another ([`Limits::sequential`], Google), [`Upload::position`] tells
//! after a broken connection from where to go on, and the answer to the last part makes the object.

mod azure;
mod checksum;
mod gcs;
mod gcs_session;
mod refusal;
mod s3;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use azure::AzureUpload;
pub use checksum::{Checksum, ChecksumKind};
pub use gcs::GcsUpload;
pub use refusal::Refusal;
pub use s3::S3Upload;

use crate::error::KeboolaError;
use crate::object_error::ObjectError;

/// Permission to write one file's object, by provider. Holds the credentials of that file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upload {
    /// On Amazon S3.
    S3(Box<S3Upload>),
    /// On Azure Blob Storage.
    Azure(Box<AzureUpload>),
    /// On Google Cloud Storage.
    Gcs(Box<GcsUpload>),
}

/// The blocks of a prepared file. One of them is there (reference §3.1).
#[derive(Default)]
pub(crate) struct Blocks {
    pub(crate) s3: Option<Value>,
    pub(crate) azure: Option<Value>,
    pub(crate) gcs: Option<Value>,
    pub(crate) region: Option<String>,
}

/// What Storage was told of the file.
pub(crate) struct Announced<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) bytes: Option<u64>,
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
/// Google's is a permission by itself, so its Debug shows nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    id: String,
    /// Of the whole file, in base64.
    #[serde(default)]
    whole: Option<String>,
}

impl Session {
    /// Of a provider that needs no begin.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The checksum of the whole file, of the provider's kind. Google verifies it with the last
    /// part, and verifies nothing when it is not told; the others verify each part.
    #[must_use]
    pub fn expecting(mut self, whole: &Checksum) -> Self {
        self.whole = Some(whole.base64());
        self
    }

    fn begun(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            whole: None,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Session(…)")
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

impl Part {
    /// The byte after its last one.
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    fn is_whole(&self) -> bool {
        self.offset == 0 && self.length == self.total
    }
}

/// What the provider gave for a part that it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The part, from 0.
    pub index: u32,
    /// S3's `ETag`, quotes included; empty of the others.
    pub etag: String,
    /// The part's checksum in base64.
    pub checksum: String,
    /// The checksum of the whole object in base64, where the provider tells it with the last part
    /// (Google: CRC32C).
    #[serde(default)]
    pub object: Option<String>,
}

impl Receipt {
    /// Whether the object is the file, by the checksum that the provider told of it.
    ///
    /// # Errors
    /// [`Refusal::Mismatch`] when it is another one.
    pub fn check_object(&self, whole: &Checksum) -> Result<(), Refusal> {
        let is_same = |told: &String| *told == whole.base64();
        let agrees = self.object.as_ref().is_none_or(is_same);
        agrees.then_some(()).ok_or(Refusal::Mismatch)
    }
}

impl Upload {
    pub(crate) fn read(blocks: Blocks, announced: &Announced<'_>) -> Result<Self, KeboolaError> {
        // An empty block may come as a list (reference §0.10).
        let there = |block: Option<Value>| block.filter(Value::is_object);
        let region = blocks.region;
        let upload = if let Some(block) = there(blocks.s3) {
            S3Upload::new(shaped(block)?, region).map(|s3| Self::S3(Box::new(s3)))
        } else if let Some(block) = there(blocks.azure) {
            AzureUpload::new(shaped(block)?, announced).map(|azure| Self::Azure(Box::new(azure)))
        } else if let Some(block) = there(blocks.gcs) {
            GcsUpload::new(shaped(block)?, announced).map(|gcs| Self::Gcs(Box::new(gcs)))
        } else {
            let what = "the prepared file names no provider to send it to";
            return Err(KeboolaError::unexpected(what));
        };
        upload.map_err(|error: ObjectError| KeboolaError::unexpected(error.to_string()))
    }

    /// What the provider takes.
    #[must_use]
    pub fn limits(&self) -> Limits {
        match self {
            Self::S3(_) => s3::LIMITS,
            Self::Azure(_) => azure::LIMITS,
            Self::Gcs(_) => gcs::LIMITS,
        }
    }

    /// The checksum that the provider verifies: of each body, Google of the whole object.
    #[must_use]
    pub fn checksum_kind(&self) -> ChecksumKind {
        match self {
            Self::S3(_) => ChecksumKind::Sha256,
            Self::Azure(_) => ChecksumKind::Md5,
            Self::Gcs(_) => ChecksumKind::Crc32c,
        }
    }

    /// The match pattern of the hosts that the requests go to.
    #[must_use]
    pub fn hosts(&self) -> &'static str {
        match self {
            Self::S3(_) => "https://*.amazonaws.com/*",
            Self::Azure(_) => "https://*.blob.core.windows.net/*",
            Self::Gcs(_) => "https://storage.googleapis.com/*",
        }
    }

    /// When the credentials end, in milliseconds since 1970, as far as it is known. Google counts
    /// from when they were received: `received_ms`.
    #[must_use]
    pub fn expires_at_ms(&self, received_ms: u64) -> Option<u64> {
        match self {
            Self::S3(s3) => s3.expires_at_ms,
            Self::Azure(azure) => azure.expires_at_ms,
            Self::Gcs(gcs) => gcs.expires_at_ms(received_ms),
        }
    }

    /// Whether Storage gives new credentials for the same object when these have expired
    /// ([`crate::Storage::refresh_file`]).
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        matches!(self, Self::Gcs(_))
    }

    /// The request that sends the whole file. `now` is the time since 1970.
    #[must_use]
    pub fn whole(&self, now: Duration, content_type: &str, checksum: &Checksum) -> ProviderRequest {
        match self {
            Self::S3(s3) => s3.whole(now, content_type, checksum),
            Self::Azure(azure) => azure.whole(content_type, checksum),
            Self::Gcs(gcs) => gcs.whole(content_type, checksum),
        }
    }

    /// The request that begins an upload in parts; `None` where there is none to send (Azure).
    #[must_use]
    pub fn begin(&self, now: Duration, content_type: &str) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.begin(now, content_type)),
            Self::Azure(_) => None,
            Self::Gcs(gcs) => Some(gcs.begin(content_type)),
        }
    }

    /// Reads the answer to [`Upload::begin`].
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn read_begun(&self, reply: &Reply) -> Result<Session, Refusal> {
        match self {
            Self::S3(_) => s3::read_begun(reply).map(Session::begun),
            Self::Azure(_) => Ok(Session::none()),
            Self::Gcs(_) => gcs::read_begun(reply).map(Session::begun),
        }
    }

    /// The request that sends a part.
    #[must_use]
    pub fn part(&self, now: Duration, session: &Session, part: &Part) -> ProviderRequest {
        match self {
            Self::S3(s3) => s3.part(now, &session.id, part),
            Self::Azure(azure) => azure.part(part),
            Self::Gcs(_) => gcs_session::part(session, part),
        }
    }

    /// Reads the answer to [`Upload::part`].
    ///
    /// # Errors
    /// See [`Refusal`]; [`Refusal::Partial`] when Google kept only some of it.
    pub fn read_part(&self, part: &Part, reply: &Reply) -> Result<Receipt, Refusal> {
        match self {
            Self::S3(_) => s3::read_part(part, reply),
            Self::Azure(_) => azure::read_part(part, reply),
            Self::Gcs(_) => gcs_session::read_part(part, reply),
        }
    }

    /// The request that asks how far an upload in parts is; `None` where parts do not follow on
    /// one another and each has its own answer. To be asked after a part whose answer did not
    /// come: it may be there, wholly or to some byte.
    #[must_use]
    pub fn position(&self, session: &Session, total: u64) -> Option<ProviderRequest> {
        match self {
            Self::S3(_) | Self::Azure(_) => None,
            Self::Gcs(_) => Some(gcs_session::position(session, total)),
        }
    }

    /// Reads the answer to [`Upload::position`]: how many bytes are there, from the first on.
    /// `total` of them are a complete object.
    ///
    /// # Errors
    /// See [`Refusal`]; [`Refusal::Mismatch`] when there is a complete object of another size.
    pub fn read_position(&self, reply: &Reply, total: u64) -> Result<u64, Refusal> {
        match self {
            Self::S3(_) | Self::Azure(_) => Err(Refusal::of(reply)),
            Self::Gcs(_) => gcs_session::read_position(reply, total),
        }
    }

    /// The request that makes an object of the parts; `None` where the last part did (Google).
    #[must_use]
    pub fn finish(
        &self,
        now: Duration,
        session: &Session,
        receipts: &[Receipt],
    ) -> Option<ProviderRequest> {
        match self {
            Self::S3(s3) => Some(s3.finish(now, &session.id, receipts)),
            Self::Azure(azure) => Some(azure.finish(receipts)),
            Self::Gcs(_) => None,
        }
    }

    /// Reads the answer to what should have made the object: [`Upload::whole`] or
    /// [`Upload::finish`].
    ///
    /// # Errors
    /// See [`Refusal`]; an error in an answer with status 200 is one too.
    pub fn read_finished(&self, reply: &Reply) -> Result<(), Refusal> {
        match self {
            Self::S3(_) => s3::read_finished(reply),
            Self::Azure(_) => azure::read_finished(reply),
            Self::Gcs(gcs) => gcs.read_finished(reply),
        }
    }

    /// The request that throws away what was begun, where the credentials allow it (Google, which
    /// answers it with 499). S3's do not; Azure forgets blocks after a week.
    #[must_use]
    pub fn cancel(&self, session: &Session) -> Option<ProviderRequest> {
        match self {
            Self::S3(_) | Self::Azure(_) => None,
            Self::Gcs(_) => Some(gcs_session::cancel(session)),
        }
    }
}

/// A block as its provider's.
fn shaped<T: DeserializeOwned>(block: Value) -> Result<T, KeboolaError> {
    serde_json::from_value(block)
        .map_err(|_| KeboolaError::unexpected("the permission to send the file has another shape"))
}

fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
