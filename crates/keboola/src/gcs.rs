//! Google Cloud Storage: a bucket, and the access token that opens what is in it
//! (reference §3.1 and §3.3, GCP).

use serde::Deserialize;

use crate::client::{escape, escape_path};
use crate::object_error::{ObjectError, check_key};
use crate::signed_request::SignedRequest;
use crate::slices::{Place, Slice};
use crate::wire;

/// Where every bucket is.
pub(crate) const ORIGIN: &str = "https://storage.googleapis.com";

/// A bucket with a token that lives an hour. Its Debug shows no token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) token: String,
}

impl Bucket {
    /// From the block of a file and its credentials.
    pub(crate) fn connect(name: String, credentials: CredentialsWire) -> Result<Self, ObjectError> {
        let kind = credentials.token_type.as_deref().unwrap_or("Bearer");
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err(ObjectError::Token);
        }
        Self::new(name, credentials.access_token)
    }

    pub(crate) fn new(name: String, token: String) -> Result<Self, ObjectError> {
        let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
        let in_name = |sign: char| plain(sign) || matches!(sign, '-' | '_' | '.');
        if !name.starts_with(plain) || !name.chars().all(in_name) {
            return Err(ObjectError::Bucket);
        }
        if token.is_empty() || !token.chars().all(|sign| sign.is_ascii_graphic()) {
            return Err(ObjectError::Token);
        }
        Ok(Self { name, token })
    }

    /// An object's URL in the XML API.
    pub(crate) fn url(&self, key: &str) -> String {
        format!("{ORIGIN}/{}/{}", escape(&self.name), escape_path(key))
    }

    pub(crate) fn authorization(&self) -> (String, String) {
        let value = format!("Bearer {}", self.token);
        ("authorization".to_owned(), value)
    }
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "gs://{}", self.name)
    }
}

/// Permission to read one file: its object, or all objects that its key is the prefix of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GcsRead(Bucket);

impl GcsRead {
    pub(crate) fn new(path: PathWire, credentials: CredentialsWire) -> Result<Self, ObjectError> {
        check_key(&path.key)?;
        Bucket::connect(path.bucket, credentials).map(Self)
    }

    /// The GET of one slice of the file. Its permission is a header.
    ///
    /// # Errors
    /// [`ObjectError::ForeignSlice`] when the slice is not in the file's bucket.
    pub fn sign_slice(&self, slice: &Slice) -> Result<SignedRequest, ObjectError> {
        if !matches!(&slice.place, Place::Gcs { bucket } if *bucket == self.0.name) {
            return Err(ObjectError::ForeignSlice);
        }
        check_key(&slice.key)?;
        Ok(SignedRequest {
            method: http::Method::GET,
            url: self.0.url(&slice.key),
            headers: vec![self.0.authorization()],
        })
    }
}

/// `gcsPath` of a file that is read with federated credentials.
#[derive(Deserialize)]
pub(crate) struct PathWire {
    bucket: String,
    key: String,
}

/// `gcsCredentials`, and a part of `gcsUploadParams`.
#[derive(Deserialize)]
pub(crate) struct CredentialsWire {
    pub(crate) access_token: String,
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub(crate) token_type: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    // A token of no account.
    fn read() -> GcsRead {
        let path = serde_json::json!({"bucket": "kbc-fs", "key": "exp-15/7.out.csv"});
        let credentials = serde_json::json!({
            "access_token": "ya29.test-only", "expires_in": 3599, "token_type": "Bearer",
            "projectId": "kbc-fs-project",
        });
        GcsRead::new(
            serde_json::from_value(path).unwrap(),
            serde_json::from_value(credentials).unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn a_slice_is_opened_in_its_own_bucket_only() {
        let slice = |bucket: &str, key: &str| Slice {
            place: Place::Gcs {
                bucket: bucket.to_owned(),
            },
            key: key.to_owned(),
            bytes: None,
        };
        let get = read()
            .sign_slice(&slice("kbc-fs", "exp-15/7.out.csv/ä b?.gz"))
            .unwrap();
        assert_eq!(
            get.url,
            "https://storage.googleapis.com/kbc-fs/exp-15/7.out.csv/%C3%A4%20b%3F.gz"
        );
        let bearer = (
            "authorization".to_owned(),
            "Bearer ya29.test-only".to_owned(),
        );
        assert_eq!(get.headers, [bearer]);
        let on_s3 = Slice {
            place: Place::S3 {
                bucket: "kbc-fs".to_owned(),
            },
            ..slice("", "k")
        };
        for (slice, error) in [
            (slice("other", "k"), ObjectError::ForeignSlice),
            (on_s3, ObjectError::ForeignSlice),
            (slice("kbc-fs", "../k"), ObjectError::Key),
        ] {
            assert_eq!(read().sign_slice(&slice), Err(error));
        }
        let shown = format!("{:?} {get:?}", read());
        assert!(!shown.contains("ya29"), "{shown}");
    }

    #[test]
    fn what_cannot_be_a_bucket_or_a_header_is_refused() {
        for (name, token, error) in [
            ("", "t", ObjectError::Bucket),
            ("..", "t", ObjectError::Bucket),
            ("a/b", "t", ObjectError::Bucket),
            ("Upper", "t", ObjectError::Bucket),
            ("b", "", ObjectError::Token),
            ("b", "a\r\nx-evil: 1", ObjectError::Token),
        ] {
            let refused = Bucket::new(name.to_owned(), token.to_owned()).err();
            assert_eq!(refused, Some(error), "{name} {token}");
        }
        let mac = serde_json::json!({"access_token": "t", "token_type": "mac"});
        let mac = serde_json::from_value(mac).unwrap();
        let refused = Bucket::connect("b".to_owned(), mac).err();
        assert_eq!(refused, Some(ObjectError::Token));
    }
}
