//! New credentials for a file whose upload takes longer than they live (reference §3.1, GCP detail):
//! Google's tokens live an hour and are renewed for twelve.

use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;
use crate::prepare_file::PreparedWire;
use crate::upload::{Announced, Upload};

impl<H: Http> Storage<'_, H> {
    /// New credentials for a prepared file. An upload that was begun goes on with them.
    ///
    /// # Errors
    /// [`KeboolaError::Refused`] with status 422 for a file that is not on Google's storage, or is
    /// older than twelve hours; [`KeboolaError::NotFound`] when there is none.
    pub async fn refresh_file(&self, file: u64) -> Result<Upload, KeboolaError> {
        let url = self.of_branch(&format!("files/{file}/refresh"));
        let wire: PreparedWire = self.put(&url, "refreshed file").await?;
        let announced = Announced {
            // The answer does not tell it; only Azure needs it, whose signatures are not refreshed.
            content_type: "application/octet-stream",
            bytes: wire.size_bytes,
        };
        wire.upload(&announced)
    }
}
