//! Amazon S3: presigned requests with the credentials of one file (reference §3.1, AWS).
//!
//! Every body is signed together with its SHA-256 (`x-amz-checksum-sha256`), which S3 verifies.
//! The credentials allow PutObject on one key, which covers a multipart upload; they do not allow
//! to abort one: what was begun and not finished ends by the bucket's own rules.

use std::fmt::Write as _;
use std::time::Duration;

use rusty_s3::Credentials;
use rusty_s3::actions::S3Action;
use serde::{Deserialize, Serialize};

use super::refusal::between;
use super::{Body, Checksum, Limits, Part, ProviderRequest, Receipt, Refusal, Reply};
use crate::object_error::ObjectError;
use crate::s3::{CredentialsWire, S3Object, SIGNATURE_LIFE, timestamp};
use crate::wire;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub(super) const LIMITS: Limits = Limits {
    single_max: 5 * GIB,
    part_min: 5 * MIB,
    part_max: 5 * GIB,
    part_multiple: 1,
    parts_max: 10_000,
    object_max: 5 * 1024 * GIB,
    sequential: false,
};

/// Permission to write one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct S3Upload {
    object: S3Object,
    credentials: Credentials,
    acl: Option<String>,
    server_side_encryption: Option<String>,
    pub(super) expires_at_ms: Option<u64>,
}

/// As it goes from the worker to the engine.
#[derive(Serialize, Deserialize)]
struct Stored {
    bucket: String,
    region: String,
    key: String,
    key_id: String,
    secret: String,
    token: String,
    acl: Option<String>,
    server_side_encryption: Option<String>,
    #[serde(default)]
    expires_at_ms: Option<u64>,
}

impl From<S3Upload> for Stored {
    fn from(upload: S3Upload) -> Self {
        Self {
            bucket: upload.object.bucket.name().to_owned(),
            region: upload.object.bucket.region().to_owned(),
            key: upload.object.key,
            key_id: upload.credentials.key().to_owned(),
            secret: upload.credentials.secret().to_owned(),
            token: upload.credentials.token().unwrap_or_default().to_owned(),
            acl: upload.acl,
            server_side_encryption: upload.server_side_encryption,
            expires_at_ms: upload.expires_at_ms,
        }
    }
}

impl TryFrom<Stored> for S3Upload {
    type Error = ObjectError;

    fn try_from(stored: Stored) -> Result<Self, ObjectError> {
        Ok(Self {
            object: S3Object::new(stored.bucket, Some(stored.region), stored.key)?,
            credentials: Credentials::new_with_token(stored.key_id, stored.secret, stored.token),
            acl: stored.acl,
            server_side_encryption: stored.server_side_encryption,
            expires_at_ms: stored.expires_at_ms,
        })
    }
}

/// `uploadParams` of a prepared file.
#[derive(Deserialize)]
pub(super) struct UploadWire {
    bucket: String,
    key: String,
    #[serde(default)]
    acl: Option<String>,
    #[serde(default, rename = "x-amz-server-side-encryption")]
    server_side_encryption: Option<String>,
    credentials: CredentialsWire,
}

impl S3Upload {
    pub(super) fn new(wire: UploadWire, region: Option<String>) -> Result<Self, ObjectError> {
        let expiration = wire.credentials.expiration.as_deref();
        Ok(Self {
            object: S3Object::new(wire.bucket, region, wire.key)?,
            expires_at_ms: expiration.and_then(wire::unix_ms),
            credentials: wire.credentials.into(),
            acl: wire.acl.filter(|acl| !acl.is_empty()),
            server_side_encryption: wire.server_side_encryption.filter(|name| !name.is_empty()),
        })
    }

    fn put_headers(&self, content_type: &str, checksum: (&str, String)) -> Vec<(String, String)> {
        let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let mut add = |name: &str, value: Option<String>| {
            headers.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("x-amz-acl", self.acl.clone());
        add(checksum.0, Some(checksum.1));
        add(
            "x-amz-server-side-encryption",
            self.server_side_encryption.clone(),
        );
        headers
    }

    pub(super) fn whole(
        &self,
        now: Duration,
        content_type: &str,
        checksum: &Checksum,
    ) -> ProviderRequest {
        let headers = self.put_headers(content_type, ("x-amz-checksum-sha256", checksum.base64()));
        let object = &self.object;
        let action = object
            .bucket
            .put_object(Some(&self.credentials), &object.key);
        signed(http::Method::PUT, action, now, headers, Body::File)
    }

    pub(super) fn begin(&self, now: Duration, content_type: &str) -> ProviderRequest {
        let algorithm = ("x-amz-checksum-algorithm", "SHA256".to_owned());
        let headers = self.put_headers(content_type, algorithm);
        let object = &self.object;
        let action = object
            .bucket
            .create_multipart_upload(Some(&self.credentials), &object.key);
        signed(http::Method::POST, action, now, headers, Body::Empty)
    }

    pub(super) fn part(&self, now: Duration, upload_id: &str, part: &Part) -> ProviderRequest {
        let headers = vec![("x-amz-checksum-sha256".to_owned(), part.checksum.base64())];
        let object = &self.object;
        // Part numbers are from 1 to 10,000; the layout makes no more.
        let number = u16::try_from(part.index + 1).unwrap_or(u16::MAX);
        let action =
            object
                .bucket
                .upload_part(Some(&self.credentials), &object.key, number, upload_id);
        signed(http::Method::PUT, action, now, headers, Body::File)
    }

    pub(super) fn finish(
        &self,
        now: Duration,
        upload_id: &str,
        receipts: &[Receipt],
    ) -> ProviderRequest {
        let mut document = String::from("<CompleteMultipartUpload>");
        for receipt in receipts {
            let _ = write!(
                document,
                "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>\
                 <ChecksumSHA256>{}</ChecksumSHA256></Part>",
                receipt.index + 1,
                escaped(&receipt.etag),
                receipt.checksum,
            );
        }
        document.push_str("</CompleteMultipartUpload>");
        let object = &self.object;
        let none: [&str; 0] = [];
        let action = object.bucket.complete_multipart_upload(
            Some(&self.credentials),
            &object.key,
            upload_id,
            none.into_iter(),
        );
        let headers = vec![("content-type".to_owned(), "application/xml".to_owned())];
        signed(
            http::Method::POST,
            action,
            now,
            headers,
            Body::Text(document),
        )
    }
}

fn signed<'a>(
    method: http::Method,
    mut action: impl S3Action<'a>,
    now: Duration,
    headers: Vec<(String, String)>,
    body: Body,
) -> ProviderRequest {
    for (name, value) in &headers {
        action.headers_mut().insert(name.clone(), value.clone());
    }
    ProviderRequest {
        method,
        url: action
            .sign_with_time(SIGNATURE_LIFE, &timestamp(now))
            .into(),
        headers,
        body,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

pub(super) fn read_begun(reply: &Reply) -> Result<String, Refusal> {
    if !reply.is_success() {
        return Err(Refusal::of(reply));
    }
    between(&reply.body, "<UploadId>", "</UploadId>")
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| Refusal::Malformed("no UploadId".to_owned()))
}

pub(super) fn read_part(part: &Part, reply: &Reply) -> Result<Receipt, Refusal> {
    if !reply.is_success() {
        return Err(Refusal::of(reply));
    }
    let checksum = part.checksum.base64();
    if reply
        .header("x-amz-checksum-sha256")
        .is_some_and(|theirs| theirs != checksum)
    {
        return Err(Refusal::Mismatch);
    }
    let etag = reply
        .header("etag")
        .ok_or_else(|| Refusal::Malformed("a part without an ETag".to_owned()))?;
    Ok(Receipt {
        index: part.index,
        etag: etag.to_owned(),
        checksum,
        object: None,
    })
}

/// A multipart upload may fail after its answer began with status 200: then the document is an
/// error, or breaks off while S3 keeps the connection open with white space.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
///
/// An object that was sent whole is answered with its `ETag` and no document.
pub(super) fn read_finished(reply: &Reply) -> Result<(), Refusal> {
    if !reply.is_success() || reply.body.contains("<Error>") {
        return Err(Refusal::of(reply));
    }
    let is_whole = reply.body.trim().is_empty() && reply.header("etag").is_some();
    if is_whole || reply.body.contains("<CompleteMultipartUploadResult") {
        return Ok(());
    }
    Err(Refusal::transient(reply, "no result".to_owned()))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    use super::super::ChecksumKind;
    use super::super::tests::reply;
    use super::*;

    /// 2026-03-14 15:09:26 UTC.
    const NOW: Duration = Duration::from_secs(1_773_500_966);

    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    // Keys of no account.
    fn upload(key: &str, encryption: Option<&str>) -> S3Upload {
        let mut params = serde_json::json!({
            "key": key,
            "bucket": "kbc-sapi-files",
            "acl": "private",
            "credentials": {
                "AccessKeyId": "ASIATESTONLY",
                "SecretAccessKey": "test/secret+only",
                "SessionToken": "session/token+test==",
                "Expiration": "2026-03-15T03:09:26+00:00",
            },
        });
        if let Some(encryption) = encryption {
            params["x-amz-server-side-encryption"] = encryption.into();
        }
        let wire: UploadWire = serde_json::from_value(params).unwrap();
        S3Upload::new(wire, Some("eu-central-1".to_owned())).unwrap()
    }

    fn checksum() -> Checksum {
        Checksum {
            kind: ChecksumKind::Sha256,
            bytes: BASE64_STANDARD.decode(EMPTY).unwrap(),
        }
    }

    fn part(index: u32) -> Part {
        Part {
            index,
            offset: 0,
            length: 0,
            total: 0,
            checksum: checksum(),
        }
    }

    fn signature(url: &str) -> &str {
        let (_, rest) = url.split_once("X-Amz-Signature=").unwrap();
        rest.split('&').next().unwrap()
    }

    // The signature was made by botocore 1.x (S3SigV4QueryAuth) from the same input.
    #[test]
    fn a_whole_file_is_signed_as_aws_own_client_signs_it() {
        let upload = upload("k.bin", Some("AES256"));
        let put = upload.whole(NOW, "application/octet-stream", &checksum());
        assert_eq!(
            signature(&put.url),
            "0b05c6888d92851a1d70f6d8ee164fff6f38f350266ec8e47d34e642c6da0874"
        );
        let names: Vec<&str> = put.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "content-type",
                "x-amz-acl",
                "x-amz-checksum-sha256",
                "x-amz-server-side-encryption"
            ]
        );
        assert_eq!((put.method, put.body), (http::Method::PUT, Body::File));
    }

    // So were these; `uploads` of the first has the value 1, as rusty-s3 writes it.
    #[test]
    fn the_steps_of_an_upload_in_parts_are_signed_as_aws_own_client_signs_them() {
        let upload = upload("k.bin", None);
        for (request, expected) in [
            (
                upload.begin(NOW, "text/csv"),
                "7dae29f58ce931db0e6bcae9b548ec6b516c16c2d84a32ace719e958eb12eaeb",
            ),
            (
                upload.part(NOW, "id/1", &part(6)),
                "5d96ced6ebbe8cb994962529416bb15d855c2169db6a5557025d2f0cec226bb7",
            ),
            (
                upload.finish(NOW, "id/1", &[]),
                "fe2878e1356b7868cd4abd9d2a95ddf63b00fdddb1a39d6e8071fdc32d5ff35d",
            ),
        ] {
            assert_eq!(signature(&request.url), expected, "{request:?}");
        }
    }

    #[test]
    fn keys_of_every_kind_are_written_as_s3_reads_them() {
        for (key, path) in [
            (
                "exp-15/1/files/2026/03/14/42.seattle weather.csv",
                "exp-15/1/files/2026/03/14/42.seattle%20weather.csv",
            ),
            (
                "exp-15/ä+b=c&d?e#f%20/数据 (1).csv",
                "exp-15/%C3%A4%2Bb%3Dc%26d%3Fe%23f%2520/%E6%95%B0%E6%8D%AE%20%281%29.csv",
            ),
            ("a//b~c'*!$,;:@.csv", "a//b~c%27%2A%21%24%2C%3B%3A%40.csv"),
        ] {
            let put = upload(key, None).whole(NOW, "text/csv", &checksum());
            let start = format!("https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/{path}?");
            assert!(put.url.starts_with(&start), "{}", put.url);
            assert!(
                put.url
                    .contains("&X-Amz-Security-Token=session%2Ftoken%2Btest%3D%3D&")
            );
        }
    }

    #[test]
    fn the_requests_of_an_upload_in_parts() {
        let upload = upload("k.bin", None);
        let begin = upload.begin(NOW, "text/csv");
        assert_eq!(begin.method, http::Method::POST);
        assert!(begin.url.contains("uploads="));
        assert!(
            begin
                .headers
                .contains(&("x-amz-checksum-algorithm".to_owned(), "SHA256".to_owned()))
        );
        let sent = upload.part(NOW, "id/1", &part(6));
        assert!(sent.url.contains("partNumber=7") && sent.url.contains("uploadId=id%2F1"));
        assert_eq!(sent.body, Body::File);
        let receipts = [0, 1].map(|index| Receipt {
            index,
            etag: format!("\"e{index}\""),
            checksum: EMPTY.to_owned(),
            object: None,
        });
        let finish = upload.finish(NOW, "id/1", &receipts);
        assert!(finish.url.contains("uploadId=id%2F1") && !finish.url.contains("partNumber"));
        let expected = format!(
            "<CompleteMultipartUpload>\
             <Part><PartNumber>1</PartNumber><ETag>&quot;e0&quot;</ETag>\
             <ChecksumSHA256>{EMPTY}</ChecksumSHA256></Part>\
             <Part><PartNumber>2</PartNumber><ETag>&quot;e1&quot;</ETag>\
             <ChecksumSHA256>{EMPTY}</ChecksumSHA256></Part>\
             </CompleteMultipartUpload>"
        );
        assert_eq!(finish.body, Body::Text(expected));
    }

    #[test]
    fn answers_are_read() {
        let begun = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult>\
                     <UploadId>abc</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(read_begun(&reply(200, &[], begun)), Ok("abc".to_owned()));
        assert!(matches!(
            read_begun(&reply(200, &[], "<html>")),
            Err(Refusal::Malformed(_))
        ));
        let took = read_part(&part(3), &reply(200, &[("etag", "\"x\"")], "")).unwrap();
        assert_eq!((took.index, took.etag.as_str()), (3, "\"x\""));
        let other = [("etag", "\"x\""), ("x-amz-checksum-sha256", "AAAA")];
        assert_eq!(
            read_part(&part(3), &reply(200, &other, "")),
            Err(Refusal::Mismatch)
        );
        assert_eq!(
            read_finished(&reply(200, &[], "<CompleteMultipartUploadResult/>")),
            Ok(())
        );
        let late = "<Error><Code>InternalError</Code></Error>";
        assert!(matches!(
            read_finished(&reply(200, &[], late)),
            Err(Refusal::Transient { status: 200, .. })
        ));
        assert_eq!(read_finished(&reply(200, &[("etag", "\"x\"")], "")), Ok(()));
        for broken_off in ["", " \n \n", "<?xml version=\"1.0\"?>"] {
            assert!(matches!(
                read_finished(&reply(200, &[], broken_off)),
                Err(Refusal::Transient { status: 200, .. })
            ));
        }
    }

    #[test]
    fn it_survives_the_way_to_the_engine_and_shows_no_secret() {
        let upload = upload("a b.csv", Some("AES256"));
        let text = serde_json::to_string(&upload).unwrap();
        assert_eq!(serde_json::from_str::<S3Upload>(&text).unwrap(), upload);
        let shown = format!(
            "{upload:?} {:?}",
            upload.whole(NOW, "text/csv", &checksum())
        );
        for secret in ["test/secret+only", "session/token", "Signature="] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
