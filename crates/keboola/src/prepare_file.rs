//! Announcing a file: Storage makes the entry and gives the permission to write its object
//! (reference §3.1). There is no call that ends it: when the bytes are there, the file is.

use serde::Deserialize;
use serde_json::{Value, json};
use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;
use crate::file_name::FileName;
use crate::upload::{Announced, Blocks, Upload};
use crate::wire;

/// What the file will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepareFile<'a> {
    /// Its name.
    pub name: &'a FileName,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its MIME type; empty is `application/octet-stream`.
    pub content_type: &'a str,
    /// Its tags.
    pub tags: &'a [String],
}

/// A file that has an entry and no bytes yet. Delete it when they do not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedFile {
    /// Its id.
    pub id: u64,
    /// The provider's region.
    pub region: Option<String>,
    /// The tags that Storage gave it.
    pub tags: Vec<String>,
    /// How its bytes are sent.
    pub upload: Upload,
}

impl<H: Http> Storage<'_, H> {
    /// Makes the entry of a file. Not to be repeated blindly: each call makes another.
    ///
    /// # Errors
    /// [`KeboolaError::UnexpectedReply`] when the answer holds no permission that can be used; the
    /// entry is deleted then.
    pub async fn prepare_file(&self, file: &PrepareFile<'_>) -> Result<PreparedFile, KeboolaError> {
        let content_type = match file.content_type {
            "" => "application/octet-stream",
            named => named,
        };
        let body = json!({
            "name": file.name.as_str(),
            "sizeBytes": file.bytes,
            "contentType": content_type,
            "tags": file.tags,
            "federationToken": true,
        });
        let url = self.of_branch("files/prepare");
        let wire: PreparedWire = self.post(&url, &body, "prepared file").await?;
        let announced = Announced {
            content_type,
            bytes: Some(file.bytes),
        };
        let (id, region, tags) = (wire.id, wire.region.clone(), wire.tags.clone());
        match wire.upload(&announced) {
            Ok(upload) => Ok(PreparedFile {
                id,
                region,
                tags,
                upload,
            }),
            Err(error) => {
                // No byte will come. Otherwise the entry's 15 days of life end it.
                let _ = self.delete_file(id).await;
                Err(error)
            }
        }
    }
}

/// A file's resource with the permission to write its object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreparedWire {
    #[serde(deserialize_with = "wire::number")]
    id: u64,
    #[serde(default, deserialize_with = "wire::optional_text")]
    region: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_number")]
    pub(crate) size_bytes: Option<u64>,
    #[serde(default, deserialize_with = "wire::lenient")]
    tags: Vec<String>,
    #[serde(default)]
    upload_params: Option<Value>,
    #[serde(default)]
    abs_upload_params: Option<Value>,
    #[serde(default)]
    gcs_upload_params: Option<Value>,
}

impl PreparedWire {
    pub(crate) fn upload(self, announced: &Announced<'_>) -> Result<Upload, KeboolaError> {
        let blocks = Blocks {
            s3: self.upload_params,
            azure: self.abs_upload_params,
            gcs: self.gcs_upload_params,
            region: self.region,
        };
        Upload::read(blocks, announced)
    }
}
