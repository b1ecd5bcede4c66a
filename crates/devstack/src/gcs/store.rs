//! The objects, and who may do what with them.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use serde_json::{Value, json};

use super::error::Refusal;
use super::hashes::Hashes;
use super::object::{About, Headers};
use super::sessions::Sessions;
use super::signed::Signer;
use super::tokens::{Right, Scope, Token, Tokens};
use super::{BUCKET, PROJECT, REGION};
use crate::disk::{Described, Disk, Stored};
use crate::file_storage::{FileObject, FileStorage, StoreError};

/// The store.
#[derive(Debug)]
pub(crate) struct GcsStore {
    pub(super) disk: Disk<About>,
    pub(super) sessions: Sessions,
    pub(super) signer: Signer,
    tokens: Tokens,
}

impl GcsStore {
    /// A store in `folder`, which is made.
    pub(crate) fn new(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            disk: Disk::new(folder)?,
            sessions: Sessions::default(),
            signer: Signer::new(),
            tokens: Tokens::default(),
        })
    }

    /// How long the tokens live that are issued from now on, in seconds.
    pub(crate) fn set_token_life(&self, seconds: u32) {
        self.tokens.set_life(seconds);
    }

    pub(super) fn allow(
        &self,
        headers: &HeaderMap,
        right: Right,
        bucket: &str,
        key: &str,
    ) -> Result<(), Refusal> {
        // No token covers a key of another bucket.
        let key = if bucket == BUCKET { key } else { "" };
        self.tokens.allow(headers, right, key)
    }

    /// The answer to who wants what no token allows.
    pub(super) fn allow_nothing(
        &self,
        request: &Parts,
        permission: &str,
    ) -> Result<Response, Refusal> {
        self.tokens.allow_nothing(&request.headers, permission)?;
        Err(Refusal::not_served(request))
    }

    pub(super) fn stored(&self, bucket: &str, key: &str) -> Result<Arc<Stored<About>>, Refusal> {
        let missing = || Refusal::no_such_object(bucket, key);
        self.disk
            .find(key)
            .filter(|_| bucket == BUCKET)
            .ok_or_else(missing)
    }

    fn token(&self, right: Right, file: FileObject<'_>) -> Token {
        let scope = if file.is_sliced {
            Scope::Prefix(file.key.to_owned())
        } else {
            Scope::Key(file.key.to_owned())
        };
        self.tokens.issue(right, scope)
    }
}

#[async_trait]
impl FileStorage for GcsStore {
    fn region(&self) -> &'static str {
        REGION
    }

    async fn open(&self, _key: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn url(&self, key: &str) -> String {
        self.signer.url(key)
    }

    fn address(&self, key: &str) -> String {
        format!("gs://{BUCKET}/{key}")
    }

    fn upload_block(&self, file: FileObject<'_>) -> (&'static str, Value) {
        let token = self.token(Right::Write, file);
        let block = json!({
            "projectId": PROJECT,
            "bucket": BUCKET,
            "key": file.key,
            "access_token": token.text,
            "expires_in": token.expires_in,
            "token_type": "Bearer",
        });
        ("gcsUploadParams", block)
    }

    fn read_blocks(&self, file: FileObject<'_>) -> Vec<(&'static str, Value)> {
        let token = self.token(Right::Read, file);
        let credentials = json!({
            "access_token": token.text,
            "expires_in": token.expires_in,
            "token_type": "Bearer",
            "projectId": PROJECT,
        });
        vec![
            ("gcsPath", json!({"bucket": BUCKET, "key": file.key})),
            ("gcsCredentials", credentials),
        ]
    }

    fn expire_credentials(&self, key: &str) -> usize {
        self.tokens.expire(key)
    }

    async fn forget_uploads(&self, key: &str) -> Result<usize, StoreError> {
        Ok(self.sessions.end(key))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let about = About::new(Headers::default(), Hashes::of(&bytes));
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
        self.sessions.end(key);
        self.disk.remove_prefix(key);
        Ok(())
    }

    async fn describe(&self, key: &str) -> Result<Vec<Described>, StoreError> {
        Ok(self.disk.describe(key).await?)
    }
}
