//! A file's description and, on request, the credentials that read it (reference §3.3).

use std::time::Duration;

use serde::Deserialize;
use transport::Http;

use crate::azure::{self, AzureRead};
use crate::client::Storage;
use crate::error::KeboolaError;
use crate::gcs::{self, GcsRead};
use crate::object_error::ObjectError;
use crate::s3::{CredentialsWire, PathWire, S3Read};
use crate::signed_request::SignedRequest;
use crate::slices::Slice;
use crate::wire;

/// A file of Storage.
#[derive(Clone, PartialEq, Eq)]
pub struct StorageFile {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// ISO time of its creation.
    pub created: Option<String>,
    /// Whether its URL works without a signature.
    pub is_public: bool,
    /// Whether the provider encrypts it.
    pub is_encrypted: bool,
    /// Whether it is made of slices; `url` then leads to their manifest.
    pub is_sliced: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// Days after which Storage deletes it; `None` for ever.
    pub max_age_days: Option<u64>,
    /// Size in bytes, when Storage knows it.
    pub size_bytes: Option<u64>,
    /// Signed URL of its content, good for an hour. A secret while it lives.
    pub url: Option<String>,
    /// Permission to read it, when it was asked for.
    pub access: Option<ReadAccess>,
}

/// Permission to read a file, by provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// On Amazon S3.
    S3(Box<S3Read>),
    /// On Azure Blob Storage.
    Azure(Box<AzureRead>),
    /// On Google Cloud Storage.
    Gcs(Box<GcsRead>),
}

impl ReadAccess {
    /// The GET of one slice of the file, with all headers that it needs. `now` is the time since
    /// 1970.
    ///
    /// # Errors
    /// [`ObjectError::ForeignSlice`] when the slice is elsewhere than its file.
    pub fn sign_slice(&self, slice: &Slice, now: Duration) -> Result<SignedRequest, ObjectError> {
        match self {
            Self::S3(s3) => s3.sign_slice(slice, now),
            Self::Azure(azure) => azure.sign_slice(slice),
            Self::Gcs(gcs) => gcs.sign_slice(slice),
        }
    }
}

/// Whether credentials come with the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Federation {
    /// The description alone.
    None,
    /// Credentials too: needed for the slices of a sliced file.
    Credentials,
}

impl<H: Http> Storage<'_, H> {
    /// Describes a file of the branch.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when there is none, or the token may not see it.
    pub async fn read_file(
        &self,
        file: u64,
        federation: Federation,
    ) -> Result<StorageFile, KeboolaError> {
        let query = match federation {
            Federation::None => "",
            Federation::Credentials => "?federationToken=1",
        };
        let url = self.of_branch(&format!("files/{file}{query}"));
        let wire: FileWire = self.get(&url, "description of the file").await?;
        wire.try_into()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileWire {
    #[serde(deserialize_with = "wire::number")]
    id: u64,
    name: String,
    #[serde(default, deserialize_with = "wire::optional_text")]
    created: Option<String>,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_public: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_encrypted: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_sliced: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "wire::optional_number")]
    max_age_days: Option<u64>,
    #[serde(default, deserialize_with = "wire::optional_number")]
    size_bytes: Option<u64>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    url: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    region: Option<String>,
    #[serde(default)]
    s3_path: Option<PathWire>,
    #[serde(default)]
    credentials: Option<CredentialsWire>,
    #[serde(default)]
    abs_path: Option<azure::PathWire>,
    #[serde(default)]
    abs_credentials: Option<azure::CredentialsWire>,
    #[serde(default)]
    gcs_path: Option<gcs::PathWire>,
    #[serde(default)]
    gcs_credentials: Option<gcs::CredentialsWire>,
}

impl FileWire {
    /// The provider's name is not always told; its blocks are (reference §3.1).
    fn take_access(&mut self) -> Result<Option<ReadAccess>, ObjectError> {
        if let (Some(path), Some(credentials)) = (self.s3_path.take(), self.credentials.take()) {
            let read = S3Read::new(path, credentials, self.region.take())?;
            return Ok(Some(ReadAccess::S3(Box::new(read))));
        }
        if let (Some(path), Some(credentials)) = (self.abs_path.take(), self.abs_credentials.take())
        {
            let read = AzureRead::new(path, &credentials)?;
            return Ok(Some(ReadAccess::Azure(Box::new(read))));
        }
        if let (Some(path), Some(credentials)) = (self.gcs_path.take(), self.gcs_credentials.take())
        {
            let read = GcsRead::new(path, credentials)?;
            return Ok(Some(ReadAccess::Gcs(Box::new(read))));
        }
        Ok(None)
    }
}

impl TryFrom<FileWire> for StorageFile {
    type Error = KeboolaError;

    fn try_from(mut wire: FileWire) -> Result<Self, KeboolaError> {
        let access = wire
            .take_access()
            .map_err(|error| KeboolaError::unexpected(error.to_string()))?;
        Ok(Self {
            id: wire.id,
            name: wire.name,
            created: wire.created,
            is_public: wire.is_public,
            is_encrypted: wire.is_encrypted,
            is_sliced: wire.is_sliced,
            tags: wire.tags,
            max_age_days: wire.max_age_days,
            size_bytes: wire.size_bytes,
            url: wire.url,
            access,
        })
    }
}

impl std::fmt::Debug for StorageFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the URL, which is signed.
        formatter
            .debug_struct("StorageFile")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("size_bytes", &self.size_bytes)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}
