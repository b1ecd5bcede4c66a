//! Where the other services of a stack live (reference §1.2).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use transport::Http;

use crate::client::{parse, read};
use crate::error::KeboolaError;
use crate::page::StackHost;

/// The services of a stack, as its index lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    host: StackHost,
    urls: BTreeMap<String, String>,
}

/// A service that this product speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Encrypts the values of `#` keys.
    Encryption,
    /// Starts and follows jobs.
    Queue,
    /// Takes files from simple clients.
    Import,
    /// Runs a component's quick actions.
    SyncActions,
}

impl Service {
    /// Its id in the index, which is also the label of its host.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Encryption => "encryption",
            Self::Queue => "queue",
            Self::Import => "import",
            Self::SyncActions => "sync-actions",
        }
    }
}

impl Services {
    /// The hosts that a stack has by convention, for when its index cannot be read.
    #[must_use]
    pub fn by_convention(host: &StackHost) -> Self {
        Self {
            host: host.clone(),
            urls: BTreeMap::new(),
        }
    }

    /// Asks the stack. Needs no token.
    ///
    /// # Errors
    /// When the index cannot be read; [`Services::by_convention`] is then the next best.
    pub async fn discover<H: Http>(http: &H, host: &StackHost) -> Result<Self, KeboolaError> {
        let url = format!("https://{}/v2/storage?exclude=components", host.as_str());
        let request = http::Request::get(url)
            .header(http::header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|error| KeboolaError::Unreachable(error.to_string()))?;
        let body = read(http.send(request).await?, None)?;
        let index: IndexWire = parse(&body, "index of the stack")?;
        let urls = index
            .services
            .into_iter()
            .filter(|service| service.url.starts_with("https://"))
            .map(|service| (service.id, service.url.trim_end_matches('/').to_owned()))
            .collect();
        Ok(Self {
            host: host.clone(),
            urls,
        })
    }

    /// Base URL of a service, without a slash at its end. One that the index does not list is
    /// looked for where convention puts it.
    #[must_use]
    pub fn url(&self, service: Service) -> String {
        self.urls
            .get(service.id())
            .cloned()
            .unwrap_or_else(|| format!("https://{}.{}", service.id(), self.host.suffix()))
    }
}

#[derive(Deserialize)]
struct IndexWire {
    #[serde(default)]
    services: Vec<ServiceWire>,
}

#[derive(Deserialize)]
struct ServiceWire {
    id: String,
    url: String,
}
