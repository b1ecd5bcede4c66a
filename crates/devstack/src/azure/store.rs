//! Storage's own side of the account: containers, blobs of the stack's making, signatures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, HOST as HOST_HEADER};
use http::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::azurite::Azurite;
use super::sas::{Rights, Signature, Signer};
use super::{ACCOUNT, HOST, REGION};
use crate::disk::{Described, hex};
use crate::file_storage::{FileObject, FileStorage, StoreError, safe_name};
use crate::moment;

/// azurite closes what was idle for five seconds.
const IDLE: Duration = Duration::from_secs(3);
/// No list of one file's blobs is longer.
const LARGEST_LIST: usize = 16 * 1024 * 1024;
const NOTHING: Bytes = Bytes::new();

/// The store.
#[derive(Debug)]
pub(crate) struct AzureStore {
    pub(super) signer: Signer,
    pub(super) azurite: Azurite,
    pub(super) client: Client<HttpConnector, Body>,
}

/// Container and blob of a key: `{container}/{blob}`.
fn parts(key: &str) -> (&str, &str) {
    key.split_once('/').unwrap_or((key, ""))
}

impl AzureStore {
    /// A store whose bytes azurite keeps in `folder`; without `program` it can keep none.
    pub(crate) fn new(program: Option<PathBuf>, folder: &Path) -> Self {
        let signer = Signer::new();
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE);
        Self {
            azurite: Azurite::new(program, folder, signer.key_base64()),
            signer,
            client: client.build_http(),
        }
    }

    /// Ends azurite.
    pub(crate) async fn stop(&self) {
        self.azurite.stop().await;
    }

    /// A request of the stack's own; an answer with one of `statuses`.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes> + Send,
        statuses: &[StatusCode],
    ) -> Result<http::Response<Body>, StoreError> {
        let body = body.into();
        let port = self.azurite.port().await?;
        let joint = if path.contains('?') { '&' } else { '?' };
        let uri = format!("http://127.0.0.1:{port}{path}{joint}{}", self.signer.own());
        let mut request = Request::builder().method(&method).uri(uri);
        if !path.contains("comp=") {
            request = request.header("x-ms-blob-type", "BlockBlob");
        }
        let request = request
            .header(HOST_HEADER, HOST)
            // An empty body would come without one, which azurite refuses.
            .header(CONTENT_LENGTH, body.len())
            .body(Body::from(body));
        let request = request.map_err(|error| failed(&error))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| failed(&error))?;
        if statuses.contains(&answer.status()) {
            return Ok(answer.map(Body::new));
        }
        Err(StoreError::Azurite(format!(
            "{method} {path} was answered with {}",
            answer.status()
        )))
    }

    /// The names of the blobs that begin so.
    async fn names(&self, container: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let path = format!("/{container}?restype=container&comp=list&prefix={prefix}");
        let known = [StatusCode::OK, StatusCode::NOT_FOUND];
        let answer = self.ask(Method::GET, &path, NOTHING, &known).await?;
        let list = axum::body::to_bytes(answer.into_body(), LARGEST_LIST).await;
        let list = list.map_err(|error| failed(&error))?;
        let list = String::from_utf8_lossy(&list);
        // Names are made here, of letters that XML leaves alone.
        let names = list.split("<Name>").skip(1);
        let names = names.filter_map(|rest| rest.split_once("</Name>"));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    async fn described(&self, path: &str, suffix: &str) -> Result<Described, StoreError> {
        let ok = [StatusCode::OK];
        let answer = self.ask(Method::GET, path, NOTHING, &ok).await?;
        let mut pieces = answer.into_body().into_data_stream();
        let mut hash = Sha256::new();
        let mut bytes = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| failed(&error))?;
            hash.update(&piece);
            bytes += piece.len() as u64;
        }
        Ok(Described {
            suffix: suffix.to_owned(),
            bytes,
            sha256: hex(&hash.finalize()),
        })
    }

    fn credentials(&self, signature: &Signature) -> Value {
        json!({
            "SASConnectionString": format!(
                "BlobEndpoint=https://{HOST};SharedAccessSignature={}", signature.query
            ),
            "expiration": moment::php(signature.expires),
        })
    }
}

fn failed(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Azurite(error.to_string())
}

#[async_trait]
impl FileStorage for AzureStore {
    fn region(&self) -> &'static str {
        REGION
    }

    fn key(&self, project: u64, id: u64, name: &str, permanent: bool) -> String {
        let root = if permanent { "permanent" } else { "exp-15" };
        let day = moment::now().date();
        format!(
            "{root}-files-{project}-{id}-{}-{:02}-{:02}/{}",
            day.year(),
            u8::from(day.month()),
            day.day(),
            safe_name(name)
        )
    }

    async fn open(&self, key: &str) -> Result<(), StoreError> {
        let path = format!("/{}?restype=container", parts(key).0);
        let created = [StatusCode::CREATED];
        self.ask(Method::PUT, &path, NOTHING, &created).await?;
        Ok(())
    }

    fn url(&self, key: &str) -> String {
        let signature = self.signer.sign(parts(key).0, Rights::Read);
        format!("https://{HOST}/{key}?{}", signature.query)
    }

    fn address(&self, key: &str) -> String {
        format!("azure://{HOST}/{key}")
    }

    fn upload_block(&self, file: FileObject<'_>) -> (&'static str, Value) {
        let (container, blob) = parts(file.key);
        let signature = self.signer.hand_out(container, Rights::Write);
        let block = json!({
            "blobName": blob,
            "accountName": ACCOUNT,
            "container": container,
            "absCredentials": self.credentials(&signature),
        });
        ("absUploadParams", block)
    }

    fn read_blocks(&self, file: FileObject<'_>) -> Vec<(&'static str, Value)> {
        let (container, blob) = parts(file.key);
        let signature = self.signer.hand_out(container, Rights::Read);
        vec![
            ("absPath", json!({"container": container, "name": blob})),
            ("absCredentials", self.credentials(&signature)),
        ]
    }

    fn expire_credentials(&self, key: &str) -> usize {
        self.signer.expire(parts(key).0)
    }

    /// Azure forgets blocks that were never committed after a week; committing none of them does so
    /// at once.
    async fn forget_uploads(&self, key: &str) -> Result<usize, StoreError> {
        let (container, blob) = parts(key);
        if !self.names(container, blob).await?.is_empty() {
            return Ok(0);
        }
        let path = format!("/{key}?comp=blocklist&blocklisttype=uncommitted");
        let known = [StatusCode::OK, StatusCode::NOT_FOUND];
        let answer = self.ask(Method::GET, &path, NOTHING, &known).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(0);
        }
        let path = format!("/{key}?comp=blocklist");
        let none = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList></BlockList>";
        let created = [StatusCode::CREATED];
        self.ask(Method::PUT, &path, none, &created).await?;
        let path = format!("/{key}");
        let accepted = [StatusCode::ACCEPTED];
        self.ask(Method::DELETE, &path, NOTHING, &accepted).await?;
        Ok(1)
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let path = format!("/{key}");
        let created = [StatusCode::CREATED];
        self.ask(Method::PUT, &path, bytes, &created).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = format!("/{key}");
        let known = [StatusCode::OK, StatusCode::NOT_FOUND];
        let answer = self.ask(Method::GET, &path, NOTHING, &known).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        Ok(Some(bytes.map_err(|error| failed(&error))?.into()))
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        let path = format!("/{}?restype=container", parts(key).0);
        let known = [StatusCode::ACCEPTED, StatusCode::NOT_FOUND];
        self.ask(Method::DELETE, &path, NOTHING, &known).await?;
        Ok(())
    }

    async fn describe(&self, key: &str) -> Result<Vec<Described>, StoreError> {
        let (container, blob) = parts(key);
        let mut described = Vec::new();
        for name in self.names(container, blob).await? {
            let suffix = name.strip_prefix(blob).unwrap_or_default();
            let path = format!("/{container}/{name}");
            described.push(self.described(&path, suffix).await?);
        }
        Ok(described)
    }
}
