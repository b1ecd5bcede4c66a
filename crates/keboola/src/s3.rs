//! Reading from S3 by requests that carry their own permission (reference §3.3, AWS).
//!
//! Signing is arithmetic: no request is sent here and no clock is read; the caller gives the time.
//! Credentials are those of one file and live twelve hours; a signed URL lives
//! [`SIGNATURE_LIFE`].

use std::time::Duration;

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

/// Permission to read one file: its object, or all objects that its key is the prefix of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Read {
    object: S3Object,
    credentials: Credentials,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Object {
    pub(crate) bucket: Bucket,
    pub(crate) key: String,
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
    pub(crate) fn new(
        bucket: String,
        region: Option<String>,
        key: String,
    ) -> Result<Self, S3Error> {
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

pub(crate) fn timestamp(now: Duration) -> Timestamp {
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
        let shown = format!("{:?} {:?}", read(), read().sign_get(NOW));
        for secret in ["test/secret", "session/token", "Signature", "session%2F"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
