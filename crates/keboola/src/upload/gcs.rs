//! Google Cloud Storage: one request by the XML API, or a resumable session of the JSON API, by the
//! token of one file (reference §3.1, GCP).
//!
//! Here are the permission, the one request, and the begin of a session; what goes on in a session is
//! in [`super::gcs_session`].
//! <https://cloud.google.com/storage/docs/performing-resumable-uploads>

use serde::{Deserialize, Serialize};

use super::{Announced, Body, Checksum, Limits, ProviderRequest, Refusal, Reply, header};
use crate::client::escape;
use crate::gcs::{Bucket, CredentialsWire, ORIGIN};
use crate::object_error::{ObjectError, check_key};
use crate::wire;

const KIB: u64 = 1 << 10;
const TIB: u64 = 1 << 40;

/// <https://cloud.google.com/storage/quotas>
pub(super) const LIMITS: Limits = Limits {
    single_max: 5 * TIB,
    part_min: 256 * KIB,
    part_max: 5 * TIB,
    part_multiple: 256 * KIB,
    parts_max: u32::MAX,
    object_max: 5 * TIB,
    sequential: true,
};

/// Permission to write one object.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct GcsUpload {
    bucket: Bucket,
    key: String,
    /// Seconds from when the token was received.
    expires_in: Option<u64>,
    /// Bytes of the file, as Storage was told.
    bytes: Option<u64>,
}

/// As it goes from the worker to the engine.
#[derive(Serialize, Deserialize)]
struct Stored {
    bucket: String,
    key: String,
    token: String,
    expires_in: Option<u64>,
    bytes: Option<u64>,
}

impl From<GcsUpload> for Stored {
    fn from(upload: GcsUpload) -> Self {
        Self {
            bucket: upload.bucket.name,
            key: upload.key,
            token: upload.bucket.token,
            expires_in: upload.expires_in,
            bytes: upload.bytes,
        }
    }
}

impl TryFrom<Stored> for GcsUpload {
    type Error = ObjectError;

    fn try_from(stored: Stored) -> Result<Self, ObjectError> {
        check_key(&stored.key)?;
        Ok(Self {
            bucket: Bucket::new(stored.bucket, stored.token)?,
            key: stored.key,
            expires_in: stored.expires_in,
            bytes: stored.bytes,
        })
    }
}

/// `gcsUploadParams` of a prepared file.
#[derive(Deserialize)]
pub(super) struct UploadWire {
    bucket: String,
    key: String,
    access_token: String,
    #[serde(default, deserialize_with = "wire::optional_text")]
    token_type: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_number")]
    expires_in: Option<u64>,
}

impl GcsUpload {
    pub(super) fn new(wire: UploadWire, announced: &Announced<'_>) -> Result<Self, ObjectError> {
        check_key(&wire.key)?;
        let credentials = CredentialsWire {
            access_token: wire.access_token,
            token_type: wire.token_type,
        };
        Ok(Self {
            bucket: Bucket::connect(wire.bucket, credentials)?,
            key: wire.key,
            expires_in: wire.expires_in,
            bytes: announced.bytes,
        })
    }

    pub(super) fn expires_at_ms(&self, received_ms: u64) -> Option<u64> {
        let life = self.expires_in?.saturating_mul(1000);
        Some(received_ms.saturating_add(life))
    }

    pub(super) fn whole(&self, content_type: &str, checksum: &Checksum) -> ProviderRequest {
        ProviderRequest {
            method: http::Method::PUT,
            url: self.bucket.url(&self.key),
            headers: vec![
                self.bucket.authorization(),
                header("content-type", content_type),
                hash(&checksum.base64()),
            ],
            body: Body::File,
        }
    }

    pub(super) fn begin(&self, content_type: &str) -> ProviderRequest {
        let (bucket, name) = (escape(&self.bucket.name), escape(&self.key));
        let total = |bytes: u64| header("x-upload-content-length", bytes.to_string());
        let told = [
            self.bucket.authorization(),
            header("x-upload-content-type", content_type),
        ];
        ProviderRequest {
            method: http::Method::POST,
            url: format!(
                "{ORIGIN}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&name={name}"
            ),
            headers: told.into_iter().chain(self.bytes.map(total)).collect(),
            body: Body::Empty,
        }
    }

    /// Reads the answer to a file that was sent whole, which tells the size of what is stored.
    pub(super) fn read_finished(&self, reply: &Reply) -> Result<(), Refusal> {
        // An object is answered with no document: whatever says 200 and explains itself is no success.
        if !reply.is_success() || !reply.body.trim().is_empty() {
            return Err(refused(reply));
        }
        let stored = reply.header("x-goog-stored-content-length");
        let stored: Option<u64> = stored.and_then(|length| length.parse().ok());
        match (stored, self.bytes) {
            (Some(stored), Some(sent)) if stored != sent => Err(Refusal::Mismatch),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for GcsUpload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "GcsUpload({:?}/{})", self.bucket, self.key)
    }
}

/// Of the whole object, always.
pub(super) fn hash(crc32c: &str) -> (String, String) {
    header("x-goog-hash", format!("crc32c={crc32c}"))
}

/// The session's URI, which stands in `Location`. What is sent there is the file: it must be
/// Google's.
pub(super) fn read_begun(reply: &Reply) -> Result<String, Refusal> {
    if !reply.is_success() {
        return Err(refused(reply));
    }
    let session = reply
        .header("location")
        .ok_or_else(|| Refusal::Malformed("no session".to_owned()))?;
    let is_ours = session
        .strip_prefix(ORIGIN)
        .is_some_and(|path| path.starts_with('/'));
    let is_plain = session
        .chars()
        .all(|sign| sign.is_ascii_graphic() && sign != '#');
    if is_ours && is_plain {
        return Ok(session.to_owned());
    }
    Err(Refusal::Malformed("the session is elsewhere".to_owned()))
}

pub(super) fn refused(reply: &Reply) -> Refusal {
    let tells_of_hash = || {
        let body = reply.body.to_ascii_lowercase();
        body.contains("crc32c") || body.contains("md5 hash")
    };
    match reply.status {
        401 => Refusal::Expired,
        400 if tells_of_hash() => Refusal::Mismatch,
        _ => Refusal::of(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ChecksumKind;
    use super::super::tests::{gcs_block, reply, written};
    use super::*;

    const SESSION: &str = "https://storage.googleapis.com/upload/storage/v1/b/kbc-fs/o\
                           ?uploadType=resumable&name=k&upload_id=ABC-test";

    fn upload(key: &str, bytes: Option<u64>) -> GcsUpload {
        let wire = serde_json::from_value(gcs_block(key)).unwrap();
        let announced = Announced {
            content_type: "text/csv",
            bytes,
        };
        GcsUpload::new(wire, &announced).unwrap()
    }

    /// Of the nine digits, the CRC's own check value: E3069283.
    fn digits() -> Checksum {
        Checksum {
            kind: ChecksumKind::Crc32c,
            bytes: vec![0xe3, 0x06, 0x92, 0x83],
        }
    }

    #[test]
    fn a_whole_file_goes_by_the_xml_api() {
        let put = upload("exp-15/a b/ü.csv", Some(9)).whole("text/csv", &digits());
        assert_eq!(
            written(&put),
            [
                "PUT https://storage.googleapis.com/kbc-fs/exp-15/a%20b/%C3%BC.csv",
                "authorization: Bearer ya29.test-only",
                "content-type: text/csv",
                "x-goog-hash: crc32c=4waSgw==",
            ]
        );
        assert_eq!(put.body, Body::File);
        let answered = |stored: &str, body: &str| {
            let headers = [("x-goog-stored-content-length", stored)];
            upload("k", Some(9)).read_finished(&reply(200, &headers, body))
        };
        assert_eq!(answered("9", ""), Ok(()));
        assert_eq!(answered("8", ""), Err(Refusal::Mismatch));
        let error = answered("9", "<Error><Code>InternalError</Code></Error>");
        assert!(matches!(error, Err(Refusal::Transient { status: 200, .. })));
        assert!(answered("9", "<html>").is_err());
    }

    #[test]
    fn a_session_is_begun_with_the_token() {
        let begin = upload("exp-15/a b/ü.csv", Some(9)).begin("text/csv");
        assert_eq!(
            written(&begin),
            [
                "POST https://storage.googleapis.com/upload/storage/v1/b/kbc-fs/o\
                 ?uploadType=resumable&name=exp-15%2Fa%20b%2F%C3%BC.csv",
                "authorization: Bearer ya29.test-only",
                "x-upload-content-type: text/csv",
                "x-upload-content-length: 9",
            ]
        );
        let begun = reply(200, &[("location", SESSION)], "");
        assert_eq!(read_begun(&begun).as_deref(), Ok(SESSION));
    }

    #[test]
    fn a_session_elsewhere_is_refused() {
        for location in [
            "http://storage.googleapis.com/upload?upload_id=a",
            "https://storage.googleapis.com.evil.test/upload?upload_id=a",
            "https://storage.googleapis.com@evil.test/upload?upload_id=a",
            "https://storage.googleapis.com:8443/upload",
            "https://storage.googleapis.com",
            "https://storage.googleapis.com/a b",
            "/upload?upload_id=a",
            "",
        ] {
            let read = read_begun(&reply(200, &[("location", location)], ""));
            assert!(matches!(read, Err(Refusal::Malformed(_))), "{location}");
        }
        assert!(matches!(
            read_begun(&reply(200, &[], "")),
            Err(Refusal::Malformed(_))
        ));
    }

    #[test]
    fn what_refusals_mean() {
        let json = |reason: &str, message: &str| {
            format!(r#"{{"error":{{"message":"{message}","errors":[{{"reason":"{reason}"}}]}}}}"#)
        };
        let xml = |code: &str| format!("<Error><Code>{code}</Code></Error>");
        let denied = |status, code: &str| Refusal::Denied {
            status,
            code: code.to_owned(),
        };
        for (status, body, expected) in [
            (
                401,
                json("authError", "Invalid Credentials"),
                Refusal::Expired,
            ),
            (401, xml("AuthenticationRequired"), Refusal::Expired),
            (403, json("forbidden", "no"), denied(403, "forbidden")),
            (403, xml("AccessDenied"), denied(403, "AccessDenied")),
            (404, json("notFound", "no bucket"), denied(404, "notFound")),
            (400, xml("BadDigest"), Refusal::Mismatch),
            (
                400,
                json(
                    "invalid",
                    "Provided CRC32C does not match calculated CRC32C",
                ),
                Refusal::Mismatch,
            ),
            (400, json("invalid", "Parse Error"), denied(400, "invalid")),
            (
                503,
                json("backendError", "m"),
                Refusal::Transient {
                    status: 503,
                    code: "backendError".to_owned(),
                    retry_after: None,
                },
            ),
        ] {
            assert_eq!(
                refused(&reply(status, &[], &body)),
                expected,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn the_token_s_life_counts_from_when_it_came() {
        assert_eq!(upload("k", None).expires_at_ms(1_000), Some(3_600_000));
    }
}
