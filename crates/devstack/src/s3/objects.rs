//! The objects, the uploads to them, and the signed URLs.
//!
//! The stack's own side (seeded files, export results, deletion) works on the folder directly, as
//! the real Storage works on its own bucket; clients come through the HTTP service.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusty_s3::actions::{GetObject, S3Action};
use rusty_s3::{Bucket, UrlStyle};
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::Checksum;
use s3s::dto::Metadata;
use serde_json::{Value, json};

use super::credentials::{Credentials, Federated, Right, Scope};
use super::multipart::Uploads;
use super::{BUCKET, REGION};
use crate::disk::{Described, Disk, hex};
use crate::file_storage::{FileObject, FileStorage, StoreError};

/// A file's `url` works for an hour.
const URL_LIFE: Duration = Duration::from_secs(3600);

/// The headers that a writer may give an object, and that its readers get.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers {
    pub(super) content_type: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Option<Metadata>,
}

/// What S3 says of an object.
#[derive(Debug)]
pub(super) struct About {
    pub(super) headers: Headers,
    /// Without the quotes.
    pub(super) e_tag: String,
    /// Of the whole object; known are those that the writer announced.
    pub(super) sums: Checksum,
}

/// The store.
#[derive(Debug)]
pub(crate) struct ObjectStore {
    pub(super) disk: Disk<About>,
    pub(super) uploads: Uploads,
    bucket: Bucket,
    credentials: Credentials,
    signer: Federated,
}

impl ObjectStore {
    /// A store in `root`, which is made.
    pub(crate) fn new(root: &Path) -> Result<Self, StoreError> {
        let endpoint = format!("https://s3.{REGION}.amazonaws.com");
        let endpoint = endpoint.parse().map_err(|_| StoreError::Endpoint)?;
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, BUCKET, REGION)?;
        let credentials = Credentials::default();
        let signer = credentials.issue(Right::Read, Scope::Everything);
        Ok(Self {
            disk: Disk::new(root)?,
            uploads: Uploads::default(),
            bucket,
            credentials,
            signer,
        })
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn issue(&self, right: Right, file: FileObject<'_>) -> Value {
        let scope = if file.is_sliced {
            Scope::Prefix(file.key.to_owned())
        } else {
            Scope::Key(file.key.to_owned())
        };
        self.credentials.issue(right, scope).to_json()
    }
}

#[async_trait]
impl FileStorage for ObjectStore {
    fn region(&self) -> &'static str {
        REGION
    }

    async fn open(&self, _key: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn url(&self, key: &str) -> String {
        let signer = &self.signer;
        let credentials = rusty_s3::Credentials::new_with_token(
            &signer.access_key_id,
            &signer.secret_access_key,
            &signer.session_token,
        );
        GetObject::new(&self.bucket, Some(&credentials), key)
            .sign(URL_LIFE)
            .to_string()
    }

    fn address(&self, key: &str) -> String {
        format!("s3://{BUCKET}/{key}")
    }

    fn upload_block(&self, file: FileObject<'_>) -> (&'static str, Value) {
        let right = Right::Write {
            encrypted: file.is_encrypted,
        };
        let mut block = json!({
            "key": file.key,
            "bucket": BUCKET,
            "acl": "private",
            "credentials": self.issue(right, file),
        });
        if file.is_encrypted
            && let Some(fields) = block.as_object_mut()
        {
            fields.insert("x-amz-server-side-encryption".to_owned(), json!("AES256"));
        }
        ("uploadParams", block)
    }

    fn read_blocks(&self, file: FileObject<'_>) -> Vec<(&'static str, Value)> {
        vec![
            ("s3Path", json!({"bucket": BUCKET, "key": file.key})),
            ("credentials", self.issue(Right::Read, file)),
        ]
    }

    fn expire_credentials(&self, key: &str) -> usize {
        self.credentials.expire(key)
    }

    async fn forget_uploads(&self, key: &str) -> Result<usize, StoreError> {
        Ok(self.uploads.forget(key))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let about = About {
            headers: Headers::default(),
            e_tag: hex(Md5::checksum(&bytes).as_ref()),
            sums: Checksum::default(),
        };
        self.disk.keep(key, self.disk.file_of(&bytes)?, about)?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.disk.find(key) {
            None => Ok(None),
            Some(stored) => Ok(Some(stored.all().await?)),
        }
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.uploads.forget(key);
        self.disk.remove_prefix(key);
        Ok(())
    }

    async fn describe(&self, key: &str) -> Result<Vec<Described>, StoreError> {
        Ok(self.disk.describe(key).await?)
    }
}
