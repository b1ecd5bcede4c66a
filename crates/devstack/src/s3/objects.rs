//! The bytes on disk, and the signed URLs to them.
//!
//! The stack's own side (seeded files, export results, deletion) works on the directory directly,
//! as the real Storage works on its own bucket; clients come through the HTTP service.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusty_s3::actions::{GetObject, S3Action};
use rusty_s3::{Bucket, UrlStyle};
use sha2::{Digest, Sha256};

use super::credentials::{Credentials, Federated, Right, Scope};
use super::{BUCKET, REGION};

/// A file's `url` works for an hour.
const URL_LIFE: Duration = Duration::from_secs(3600);

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be used.
    #[error("the object store's directory cannot be used: {0}")]
    Io(#[from] std::io::Error),
    /// The file system behind the service did not start.
    #[error("the object store did not start: {0}")]
    FileSystem(String),
    /// The bucket's address is not a URL.
    #[error("the bucket's address is not valid: {0}")]
    Bucket(#[from] rusty_s3::BucketError),
    /// The endpoint's address is not a URL.
    #[error("the object store's address is not valid")]
    Endpoint,
}

/// The store.
#[derive(Debug)]
pub(crate) struct ObjectStore {
    root: PathBuf,
    bucket: Bucket,
    credentials: Credentials,
    signer: Federated,
}

impl ObjectStore {
    /// A store in `root`, which is made.
    pub(crate) fn new(root: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(root.join(BUCKET))?;
        let endpoint = format!("https://s3.{REGION}.amazonaws.com");
        let endpoint = endpoint.parse().map_err(|_| StoreError::Endpoint)?;
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, BUCKET, REGION)?;
        let credentials = Credentials::default();
        let signer = credentials.issue(Right::Read, Scope::Everything);
        Ok(Self {
            root: root.to_owned(),
            bucket,
            credentials,
            signer,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// A URL that reads `key` for an hour.
    pub(crate) fn signed_url(&self, key: &str) -> String {
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

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(BUCKET).join(key)
    }

    /// Stores `bytes` under `key`.
    pub(crate) fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(key);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, bytes)?)
    }

    /// Removes the object with this key.
    pub(super) fn remove(&self, key: &str) {
        let _ = std::fs::remove_file(self.path(key));
    }

    /// Removes every object whose key begins with `key`.
    pub(crate) fn remove_prefix(&self, key: &str) {
        let path = self.path(key);
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        let name = name.to_string_lossy();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&*name) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Every object whose key begins with `key`: the rest of its key, its size and SHA-256 in hex.
    pub(crate) fn describe(&self, key: &str) -> Result<Vec<(String, u64, String)>, StoreError> {
        let path = self.path(key);
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(Vec::new());
        };
        let name = name.to_string_lossy();
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let entry_name = entry.file_name();
            if let Some(rest) = entry_name.to_string_lossy().strip_prefix(&*name) {
                let (bytes, sha256) = digest(&entry.path())?;
                found.push((rest.to_owned(), bytes, sha256));
            }
        }
        found.sort();
        Ok(found)
    }
}

fn digest(path: &Path) -> Result<(u64, String), std::io::Error> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        hash.update(chunk);
        bytes += read as u64;
    }
    Ok((
        bytes,
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    ))
}
