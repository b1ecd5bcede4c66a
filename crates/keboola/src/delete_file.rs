//! Deleting a file (reference §3.3).

use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;

impl<H: Http> Storage<'_, H> {
    /// Deletes a file of the branch; one that is gone already counts as deleted.
    ///
    /// # Errors
    /// [`KeboolaError::Forbidden`] when the file is another token's.
    pub async fn delete_file(&self, file: u64) -> Result<(), KeboolaError> {
        match self.delete(&self.of_branch(&format!("files/{file}"))).await {
            Err(KeboolaError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}
