//! Adding a tag to a file (reference §3.3).

use serde_json::json;
use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;

impl<H: Http> Storage<'_, H> {
    /// Adds a tag to a file of the branch; one that it has already stays once.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when the file is gone.
    pub async fn tag_file(&self, file: u64, tag: &str) -> Result<(), KeboolaError> {
        let url = self.of_branch(&format!("files/{file}/tags"));
        self.post_without_answer(&url, &json!({ "tag": tag })).await
    }
}
