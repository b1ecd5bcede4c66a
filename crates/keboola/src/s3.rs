//! Requests to S3 that carry their own permission (reference §3.1, AWS).
//!
//! Signing is arithmetic: no request is sent here and no clock is read; the caller gives the time.
//! Credentials are those of one file and live twelve hours; a signed URL lives
//! [`SIGNATURE_LIFE`].

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use serde::Deserialize;
use thiserror::Error;

use crate::slices::Slice;

/// How long a signed URL opens its object: as long as Storage's own signed URLs.
pub const SIGNATURE_LIFE: Duration = Duration::from_secs(3600);

/// A request that carries its own permission. Whoever holds it may do what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// `GET` or `PUT`.
    pub method: http::Method,
    /// With the signature in its query.
    pub url: String,
    /// Part of the signature: to be sent exactly so.
    pub headers: Vec<(String, String)>,
}

/// What is not an object of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum S3Error {
    /// Not a bucket's name.
    #[error("the bucket's name cannot be part of a host")]
    Bucket,
    /// Not a region's name.
    #[error("the region is missing or not a region's name")]
    Region,
    /// Empty, or with a `.` or `..` that a URL would resolve.
    #[error("the object's key cannot be part of a URL")]
    Key,
    /// The slice lies in another bucket than its file.
    #[error("a slice lies in another bucket than its file")]
    ForeignSlice,
}

/// Permission to write one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Upload {
    object: S3Object,
    credentials: Credentials,
    acl: Option<String>,
    server_side_encryption: Option<String>,
}

/// Permission to read one file: its object, or all objects that its key is the prefix of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Read {
    object: S3Object,
    credentials: Credentials,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct S3Object {
    bucket: Bucket,
    key: String,
}

impl S3Upload {
    /// Signs the PUT of the whole object.
    ///
    /// `now` is the time since 1970. `sha256` is the body's digest, when it is known: S3 then
    /// refuses a body that does not have it.
    #[must_use]
    pub fn sign_put(
        &self,
        now: Duration,
        content_type: &str,
        sha256: Option<&[u8; 32]>,
    ) -> SignedRequest {
        let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let mut add = |name: &str, value: &Option<String>| {
            headers.extend(value.clone().map(|value| (name.to_owned(), value)));
        };
        add("x-amz-acl", &self.acl);
        add(
            "x-amz-checksum-sha256",
            &sha256.map(|digest| BASE64_STANDARD.encode(digest)),
        );
        add("x-amz-server-side-encryption", &self.server_side_encryption);
        let mut action = self
            .object
            .bucket
            .put_object(Some(&self.credentials), &self.object.key);
        for (name, value) in &headers {
            action.headers_mut().insert(name.as_str(), value.as_str());
        }
        SignedRequest {
            method: http::Method::PUT,
            url: action
                .sign_with_time(SIGNATURE_LIFE, &timestamp(now))
                .into(),
            headers,
        }
    }

    /// Host that the object is sent to, for the permission that the browser asks for.
    #[must_use]
    pub fn host(&self) -> &str {
        self.object.bucket.base_url().host_str().unwrap_or_default()
    }
}

impl S3Read {
    /// Signs the GET of one slice of the file. `now` is the time since 1970.
    ///
    /// # Errors
    /// [`S3Error::ForeignSlice`] when the slice is not in the file's bucket.
    pub fn sign_slice(&self, slice: &Slice, now: Duration) -> Result<SignedRequest, S3Error> {
        if slice.bucket != self.object.bucket.name() {
            return Err(S3Error::ForeignSlice);
        }
        check_key(&slice.key)?;
        Ok(self.sign_key(&slice.key, now))
    }

    /// Signs the GET of the file's own object; of a sliced file it is not there.
    #[must_use]
    pub fn sign_get(&self, now: Duration) -> SignedRequest {
        self.sign_key(&self.object.key, now)
    }

    fn sign_key(&self, key: &str, now: Duration) -> SignedRequest {
        let action = self.object.bucket.get_object(Some(&self.credentials), key);
        SignedRequest {
            method: http::Method::GET,
            url: action
                .sign_with_time(SIGNATURE_LIFE, &timestamp(now))
                .into(),
            headers: Vec::new(),
        }
    }
}

impl S3Object {
    fn new(bucket: String, region: Option<String>, key: String) -> Result<Self, S3Error> {
        let label = |text: &str, also: &str| {
            let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
            !text.is_empty() && text.chars().all(|sign| plain(sign) || also.contains(sign))
        };
        let region = region
            .filter(|name| label(name, "-"))
            .ok_or(S3Error::Region)?;
        if !label(&bucket, "-.") {
            return Err(S3Error::Bucket);
        }
        check_key(&key)?;
        let endpoint = format!("https://s3.{region}.amazonaws.com");
        let endpoint = endpoint.parse().map_err(|_| S3Error::Region)?;
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, bucket, region)
            .map_err(|_| S3Error::Bucket)?;
        Ok(Self { bucket, key })
    }
}

fn check_key(key: &str) -> Result<(), S3Error> {
    let resolved = key.split('/').any(|part| matches!(part, "." | ".."));
    (!key.is_empty() && !resolved)
        .then_some(())
        .ok_or(S3Error::Key)
}

fn timestamp(now: Duration) -> Timestamp {
    // Only a time beyond the year 9999 does not fit.
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

impl std::fmt::Debug for SignedRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The signature stands in the query.
        let place = self.url.split('?').next().unwrap_or_default();
        write!(formatter, "SignedRequest({} {place})", self.method)
    }
}

/// `uploadParams` of a prepared file.
#[derive(Deserialize)]
pub(crate) struct UploadWire {
    bucket: String,
    key: String,
    #[serde(default)]
    acl: Option<String>,
    #[serde(default, rename = "x-amz-server-side-encryption")]
    server_side_encryption: Option<String>,
    credentials: CredentialsWire,
}

/// `s3Path` of a file that is read with federated credentials.
#[derive(Deserialize)]
pub(crate) struct PathWire {
    bucket: String,
    key: String,
}

/// Temporary credentials of AWS.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CredentialsWire {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

impl From<CredentialsWire> for Credentials {
    fn from(wire: CredentialsWire) -> Self {
        Self::new_with_token(
            wire.access_key_id,
            wire.secret_access_key,
            wire.session_token,
        )
    }
}

impl S3Upload {
    pub(crate) fn new(wire: UploadWire, region: Option<String>) -> Result<Self, S3Error> {
        Ok(Self {
            object: S3Object::new(wire.bucket, region, wire.key)?,
            credentials: wire.credentials.into(),
            acl: wire.acl.filter(|acl| !acl.is_empty()),
            server_side_encryption: wire.server_side_encryption.filter(|name| !name.is_empty()),
        })
    }
}

impl S3Read {
    pub(crate) fn new(
        path: PathWire,
        credentials: CredentialsWire,
        region: Option<String>,
    ) -> Result<Self, S3Error> {
        Ok(Self {
            object: S3Object::new(path.bucket, region, path.key)?,
            credentials: credentials.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-14 15:09:26 UTC.
    const NOW: Duration = Duration::from_secs(1_773_500_966);

    // Keys of no account. The signatures were made by botocore 1.x (S3SigV4QueryAuth) from the same
    // input.
    const CREDENTIALS: &str = r#"{
        "AccessKeyId": "ASIATESTONLY",
        "SecretAccessKey": "test/secret+only",
        "SessionToken": "session/token+test==",
        "Expiration": "2026-03-15T03:09:26+00:00"
    }"#;

    fn upload(key: &str, encryption: Option<&str>) -> S3Upload {
        let mut params = serde_json::json!({
            "key": key,
            "bucket": "kbc-sapi-files",
            "acl": "private",
            "credentials": serde_json::from_str::<serde_json::Value>(CREDENTIALS).unwrap(),
        });
        if let Some(encryption) = encryption {
            params["x-amz-server-side-encryption"] = encryption.into();
        }
        let wire: UploadWire = serde_json::from_value(params).unwrap();
        S3Upload::new(wire, Some("eu-central-1".to_owned())).unwrap()
    }

    fn signature(url: &str) -> &str {
        url.split("&X-Amz-Signature=").nth(1).unwrap()
    }

    #[test]
    fn a_put_is_signed_as_aws_own_client_signs_it() {
        for (key, path, expected) in [
            (
                "exp-15/1/files/2026/03/14/42.seattle weather.csv",
                "exp-15/1/files/2026/03/14/42.seattle%20weather.csv",
                "94d5d9a1d74de14e3de333f27a6a7e73863e33979cacbe7e0338d263b4bbfb0a",
            ),
            (
                "exp-15/ä+b=c&d?e#f%20/数据 (1).csv",
                "exp-15/%C3%A4%2Bb%3Dc%26d%3Fe%23f%2520/%E6%95%B0%E6%8D%AE%20%281%29.csv",
                "4cd8f65fd934c96f19f8860d944296e627c8cac9e0b9fbff212f2a4c3e043801",
            ),
            (
                "a//b~c'*!$,;:@.csv",
                "a//b~c%27%2A%21%24%2C%3B%3A%40.csv",
                "7dee3ffa42f06b95da8116b08a18c641cb881dff84ab9ee789fa8d1d04756e12",
            ),
        ] {
            let put = upload(key, None).sign_put(NOW, "text/csv", None);
            let start = format!("https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/{path}?");
            assert!(put.url.starts_with(&start), "{}", put.url);
            assert!(
                put.url
                    .contains("&X-Amz-Security-Token=session%2Ftoken%2Btest%3D%3D&")
            );
            assert_eq!(signature(&put.url), expected, "{key}");
            assert_eq!(put.method, http::Method::PUT);
            let headers = [("content-type", "text/csv"), ("x-amz-acl", "private")];
            assert_eq!(
                put.headers,
                headers.map(|(a, b)| (a.to_owned(), b.to_owned()))
            );
        }
    }

    #[test]
    fn encryption_and_checksum_are_part_of_the_signature() {
        let empty = [
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
            0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
            0x78, 0x52, 0xb8, 0x55,
        ];
        let upload = upload("k.bin", Some("AES256"));
        let put = upload.sign_put(NOW, "application/octet-stream", Some(&empty));
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
        assert_eq!(
            upload.host(),
            "kbc-sapi-files.s3.eu-central-1.amazonaws.com"
        );
    }

    fn read() -> S3Read {
        let path = serde_json::json!({"bucket": "kbc-sapi-files", "key": "exp-15/export 1.csv"});
        S3Read::new(
            serde_json::from_value(path).unwrap(),
            serde_json::from_str(CREDENTIALS).unwrap(),
            Some("eu-central-1".to_owned()),
        )
        .unwrap()
    }

    fn slice(bucket: &str, key: &str) -> Slice {
        Slice {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            bytes: None,
        }
    }

    #[test]
    fn a_slice_is_signed_as_aws_own_client_signs_it() {
        let part = slice("kbc-sapi-files", "exp-15/export 1.csv_0_0_0.csv.gz");
        let get = read().sign_slice(&part, NOW).unwrap();
        assert_eq!(
            get.url,
            "https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/exp-15/export%201.csv_0_0_0.csv.gz\
             ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=ASIATESTONLY%2F20260314%2Feu-central-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20260314T150926Z&X-Amz-Expires=3600\
             &X-Amz-Security-Token=session%2Ftoken%2Btest%3D%3D&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=8d0801e2b1c9f06b9532c25bbf7d66853b0e61118382021948438742dc64eda5"
        );
        assert!(get.headers.is_empty());
        assert!(
            read()
                .sign_get(NOW)
                .url
                .contains("/exp-15/export%201.csv?X-Amz-")
        );
    }

    #[test]
    fn a_slice_elsewhere_is_not_signed() {
        for (bucket, key, error) in [
            ("another", "k", S3Error::ForeignSlice),
            ("kbc-sapi-files", "a/../../k", S3Error::Key),
            ("kbc-sapi-files", "", S3Error::Key),
        ] {
            assert_eq!(read().sign_slice(&slice(bucket, key), NOW), Err(error));
        }
    }

    #[test]
    fn what_cannot_be_a_host_or_a_path_is_refused() {
        let object = |bucket: &str, region: Option<&str>, key: &str| {
            S3Object::new(bucket.to_owned(), region.map(str::to_owned), key.to_owned()).err()
        };
        let region = Some("eu-central-1");
        for (bucket, region, key, error) in [
            ("b", None, "k", Some(S3Error::Region)),
            ("b", Some(""), "k", Some(S3Error::Region)),
            ("b", Some("x.evil.test/"), "k", Some(S3Error::Region)),
            ("", region, "k", Some(S3Error::Bucket)),
            ("evil.test/b", region, "k", Some(S3Error::Bucket)),
            ("Upper", region, "k", Some(S3Error::Bucket)),
            ("b", region, "", Some(S3Error::Key)),
            ("b", region, "a/../k", Some(S3Error::Key)),
            ("b", region, "./k", Some(S3Error::Key)),
            ("b", region, "a/..b/k", None),
            ("with.dots", region, "k", None),
        ] {
            assert_eq!(
                object(bucket, region, key),
                error,
                "{bucket} {region:?} {key}"
            );
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let upload = upload("k", None);
        let shown = format!(
            "{upload:?} {:?} {:?}",
            read(),
            upload.sign_put(NOW, "a/b", None)
        );
        for secret in ["test/secret", "session/token", "Signature", "session%2F"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
