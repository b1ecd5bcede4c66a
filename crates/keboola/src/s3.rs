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
