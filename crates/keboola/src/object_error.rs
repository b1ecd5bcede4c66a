//! What cannot be an object of a cloud storage.

use thiserror::Error;

/// Why an object cannot be named, or its permission not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ObjectError {
    /// Not a bucket's or a container's name.
    #[error("the bucket's name cannot be part of a URL")]
    Bucket,
    /// Not a region's name.
    #[error("the region is missing or not a region's name")]
    Region,
    /// Empty, or with a `.` or `..` that a URL would resolve.
    #[error("the object's key cannot be part of a URL")]
    Key,
    /// Not an HTTPS endpoint of Azure with a signature.
    #[error("Azure's connection string names no HTTPS endpoint with a signature")]
    ConnectionString,
    /// China, Germany, a government, or no cloud of Azure at all.
    #[error("the blob storage is not in Azure's public cloud, the only one that can be reached")]
    OtherCloud,
    /// Not a bearer token.
    #[error("Google's access token is missing or not a bearer token")]
    Token,
    /// The slice lies in another bucket, or with another provider, than its file.
    #[error("a slice lies in another bucket than its file")]
    ForeignSlice,
}

/// A key whose URL names it and nothing else.
pub(crate) fn check_key(key: &str) -> Result<(), ObjectError> {
    let resolved = key.split('/').any(|part| matches!(part, "." | ".."));
    (!key.is_empty() && !resolved)
        .then_some(())
        .ok_or(ObjectError::Key)
}
