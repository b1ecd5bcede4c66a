//! What Storage needs of the cloud that holds a project's files, whichever it is.

use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::Value;

use crate::disk::Described;
use crate::moment;

/// Why a file storage could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be used.
    #[error("the object store's directory cannot be used: {0}")]
    Io(#[from] std::io::Error),
    /// The bucket's address is not a URL.
    #[error("the bucket's address is not valid: {0}")]
    Bucket(#[from] rusty_s3::BucketError),
    /// The endpoint's address is not a URL.
    #[error("the object store's address is not valid")]
    Endpoint,
    /// A file on Azure, but nothing to keep it in.
    #[error("files on Azure need azurite: start the dev stack with --azurite PATH")]
    NoAzurite,
    /// azurite did not do what it was asked.
    #[error("azurite failed: {0}")]
    Azurite(String),
}

/// What a file is to its storage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileObject<'a> {
    /// The object's key, or what the keys of its slices begin with.
    pub(crate) key: &'a str,
    pub(crate) is_sliced: bool,
    /// Whether `isEncrypted` was asked for.
    pub(crate) is_encrypted: bool,
}

/// A cloud's storage, seen from Storage: its own side, which needs no credentials, and those that
/// it hands out.
#[async_trait]
pub(crate) trait FileStorage: Debug + Send + Sync {
    fn region(&self) -> &'static str;

    /// The key of a new file: `exp-15/…` expires, and the name is cut down to what is safe in a
    /// path, as on the real stack.
    fn key(&self, project: u64, id: u64, name: &str, permanent: bool) -> String {
        let root = if permanent { "permanent" } else { "exp-15" };
        let day = moment::now().date();
        format!(
            "{root}/{project}/files/{}/{:02}/{:02}/{id}.{}",
            day.year(),
            u8::from(day.month()),
            day.day(),
            safe_name(name)
        )
    }

    /// Makes room for a new file.
    async fn open(&self, key: &str) -> Result<(), StoreError>;

    /// A URL that reads the object for a while.
    fn url(&self, key: &str) -> String;

    /// How a manifest of slices names the object.
    fn address(&self, key: &str) -> String;

    /// The block of `files/prepare` with credentials that write.
    fn upload_block(&self, file: FileObject<'_>) -> (&'static str, Value);

    /// The blocks of a file's detail with credentials that read.
    fn read_blocks(&self, file: FileObject<'_>) -> Vec<(&'static str, Value)>;

    /// Ends all credentials that were handed out for the file. Returns how many.
    fn expire_credentials(&self, key: &str) -> usize;

    /// Ends the unfinished uploads in parts to the file. Returns how many.
    async fn forget_uploads(&self, key: &str) -> Result<usize, StoreError>;

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StoreError>;

    /// The object's bytes; `None` when there is no such object.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes every object of the file, and what is on its way to one.
    async fn remove(&self, key: &str) -> Result<(), StoreError>;

    /// Every object of the file.
    async fn describe(&self, key: &str) -> Result<Vec<Described>, StoreError>;
}

/// A file's name without what a path could trip over.
pub(crate) fn safe_name(name: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_nothing_that_a_path_could_trip_over() {
        let name = "../žluťoučký kůň/\u{202e}.csv";
        assert_eq!(safe_name(name), "..__lu_ou_k__k____.csv");
    }
}
