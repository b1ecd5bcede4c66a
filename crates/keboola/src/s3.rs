//! Reading from S3 by requests that carry their own permission (reference §3.3, AWS).
//!
//! Signing is arithmetic: no request is sent here and no clock is read; the caller gives the time.
//! Credentials are those of one file and live twelve hours; a signed URL lives
//! [`SIGNATURE_LIFE`].

use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use serde::Deserialize;

use crate::object_error::{ObjectError, check_key};
use crate::signed_request::SignedRequest;
use crate::slices::{Place, Slice};
use crate::wire;

/// How long a signed URL opens its object: as long as Storage's own signed URLs.
pub const SIGNATURE_LIFE: Duration = Duration::from_secs(3600);

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
    /// [`ObjectError::ForeignSlice`] when the slice is not in the file's bucket.
    pub fn sign_slice(&self, slice: &Slice, now: Duration) -> Result<SignedRequest, ObjectError> {
        if !matches!(&slice.place, Place::S3 { bucket } if bucket == self.object.bucket.name()) {
            return Err(ObjectError::ForeignSlice);
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
    ) -> Result<Self, ObjectError> {
        let label = |text: &str, also: &str| {
            let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
            !text.is_empty() && text.chars().all(|sign| plain(sign) || also.contains(sign))
        };
        let region = region
            .filter(|name| label(name, "-"))
            .ok_or(ObjectError::Region)?;
        if !label(&bucket, "-.") {
            return Err(ObjectError::Bucket);
        }
        check_key(&key)?;
        let endpoint = format!("https://s3.{region}.amazonaws.com");
        let endpoint = endpoint.parse().map_err(|_| ObjectError::Region)?;
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, bucket, region)
            .map_err(|_| ObjectError::Bucket)?;
        Ok(Self { bucket, key })
    }
}

pub(crate) fn timestamp(now: Duration) -> Timestamp {
    // Only a time beyond the year 9999 does not fit.
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
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
    /// ISO time.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub(crate) expiration: Option<String>,
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
    ) -> Result<Self, ObjectError> {
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
            place: Place::S3 {
                bucket: bucket.to_owned(),
            },
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
            ("another", "k", ObjectError::ForeignSlice),
            ("kbc-sapi-files", "a/../../k", ObjectError::Key),
            ("kbc-sapi-files", "", ObjectError::Key),
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
            ("b", None, "k", Some(ObjectError::Region)),
            ("b", Some(""), "k", Some(ObjectError::Region)),
            ("b", Some("x.evil.test/"), "k", Some(ObjectError::Region)),
            ("", region, "k", Some(ObjectError::Bucket)),
            ("evil.test/b", region, "k", Some(ObjectError::Bucket)),
            ("Upper", region, "k", Some(ObjectError::Bucket)),
            ("b", region, "", Some(ObjectError::Key)),
            ("b", region, "a/../k", Some(ObjectError::Key)),
            ("b", region, "./k", Some(ObjectError::Key)),
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
