//! Files of Storage: the resource, whose bytes are in the object store (reference/keboola.md
//! section 3).

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::file_storage::{FileObject, FileStorage};
use crate::moment;
use crate::provider::Provider;

/// A file that is not permanent is kept for 15 days.
const MAX_AGE_DAYS: i64 = 15;

/// A file resource. It exists from `files/prepare` on, whether or not bytes follow.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) provider: Provider,
    pub(crate) key: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) is_sliced: bool,
    pub(crate) is_encrypted: bool,
    pub(crate) is_permanent: bool,
    pub(crate) is_public: bool,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) tags: Vec<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) creator: u64,
    pub(crate) creator_token: Value,
}

impl StoredFile {
    /// What it is to the storage of its bytes.
    pub(crate) fn object(&self) -> FileObject<'_> {
        FileObject {
            key: &self.key,
            is_sliced: self.is_sliced,
            is_encrypted: self.is_encrypted,
        }
    }

    /// The key that `url` reads: the manifest of a sliced file.
    pub(crate) fn url_key(&self) -> String {
        if self.is_sliced {
            format!("{}manifest", self.key)
        } else {
            self.key.clone()
        }
    }

    /// The fields that all answers share. `provider` is missing from Keboola's printed samples of
    /// list and detail, but its own Python client reads it there to download.
    pub(crate) fn to_json(&self, storage: &dyn FileStorage, host: &str) -> Value {
        let expires = self.created + Duration::days(MAX_AGE_DAYS);
        json!({
            "id": self.id,
            "created": moment::php(self.created),
            "isPublic": self.is_public,
            "isSliced": self.is_sliced,
            "isEncrypted": self.is_encrypted,
            "name": self.name,
            "uri": format!("https://{host}/v2/storage/files/{}", self.id),
            "url": storage.url(&self.url_key()),
            "provider": self.provider.name(),
            "region": storage.region(),
            "sizeBytes": self.size_bytes,
            "tags": self.tags,
            "maxAgeDays": (!self.is_permanent).then_some(MAX_AGE_DAYS),
            "expires": (!self.is_permanent).then(|| moment::php(expires)),
            "runId": self.run_id,
            "runIds": self.run_id.iter().collect::<Vec<_>>(),
            "creatorToken": self.creator_token,
        })
    }
}
