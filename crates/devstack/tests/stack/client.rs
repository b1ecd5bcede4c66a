//! A running stack and a client that trusts it and finds its hosts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use devstack::{Announcement, Stack, StackOptions};
use reqwest::{Client, Method, Response};
use serde_json::Value;

/// Every host that these tests speak to.
const HOSTS: [&str; 11] = [
    "connection.eu-central-1.keboola.com",
    "scheduler.eu-central-1.keboola.com",
    "encryption.eu-central-1.keboola.com",
    "encryption.north-europe.azure.keboola.com",
    "encryption.europe-west3.gcp.keboola.com",
    "devstack-file-storage.s3.eu-central-1.amazonaws.com",
    "s3.eu-central-1.amazonaws.com",
    "connection.north-europe.azure.keboola.com",
    "connection.europe-west3.gcp.keboola.com",
    "storage.googleapis.com",
    "kbcfsdevstack.blob.core.windows.net",
];

pub(crate) struct Running {
    pub(crate) stack: Stack,
    pub(crate) client: Client,
}

impl Running {
    /// A stack with the built-in seed.
    pub(crate) async fn start() -> Self {
        Self::start_with(StackOptions::default()).await
    }

    /// A stack with the built-in seed that can keep files on Azure.
    pub(crate) async fn with_azurite() -> Self {
        Self::start_with(StackOptions {
            azurite: Some(azurite()),
            ..StackOptions::default()
        })
        .await
    }

    /// A stack with this seed.
    pub(crate) async fn seeded(seed: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seed.json");
        std::fs::write(&file, seed.to_string()).unwrap();
        Self::start_with(StackOptions {
            seed: Some(file),
            ..StackOptions::default()
        })
        .await
    }

    pub(crate) async fn start_with(options: StackOptions) -> Self {
        let envd = PathBuf::from(env!("CARGO_BIN_EXE_devstack"));
        let stack = Stack::start(StackOptions { envd, ..options })
            .await
            .unwrap();
        let announced = stack.announcement();
        let address: SocketAddr = announced.https.parse().unwrap();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(15))
            .add_root_certificate(certificate(&announced.ca_file));
        for host in HOSTS {
            builder = builder.resolve(host, address);
        }
        Self {
            client: builder.build().unwrap(),
            stack,
        }
    }

    pub(crate) fn told(&self) -> &Announcement {
        self.stack.announcement()
    }

    /// A URL on the stack's own host.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.told().keboola.stack)
    }

    /// A call of the Storage API.
    pub(crate) async fn storage(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let stack = &self.told().keboola.stack;
        self.storage_of(stack, method, path, token, body).await
    }

    /// A call of the Storage API of another stack.
    pub(crate) async fn storage_of(
        &self,
        stack: &str,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("https://{stack}/v2/storage/{path}");
        let mut request = self
            .client
            .request(method, url)
            .header("x-storageapi-token", token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        self.storage(Method::GET, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> (u16, Value) {
        self.storage(Method::POST, path, token, Some(body)).await
    }

    /// A call of the control API.
    pub(crate) async fn control(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.told().control));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        answer(request.send().await.unwrap()).await
    }
}

/// The program, as npm installed it.
pub(crate) fn azurite() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = root.join("node_modules/.bin/azurite-blob");
    assert!(program.exists(), "no azurite: ./build.sh setup installs it");
    program
}

pub(crate) fn certificate(file: &Path) -> reqwest::Certificate {
    reqwest::Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap()
}

/// Status and body; a body that is not JSON comes as a text.
pub(crate) async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}
