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

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::testing::Script;

    use super::*;

    fn host(name: &str) -> StackHost {
        StackHost::parse(name).unwrap()
    }

    #[test]
    fn the_index_goes_before_convention() {
        let http = Script::new().reply(
            200,
            r#"{"host":"x","api":"storage","services":[
                {"id":"queue","url":"https://queue.custom.test/"},
                {"id":"encryption","url":"http://plain.test"},
                {"id":"vault","url":"https://vault.test"}
            ]}"#,
        );
        let host = host("connection.north-europe.azure.keboola.com");
        let services = block_on(Services::discover(&http, &host)).unwrap();
        assert_eq!(services.url(Service::Queue), "https://queue.custom.test");
        assert_eq!(
            services.url(Service::Encryption),
            "https://encryption.north-europe.azure.keboola.com"
        );
        assert_eq!(
            http.written(),
            [
                "GET https://connection.north-europe.azure.keboola.com/v2/storage?exclude=components\n\
              accept: application/json"
            ]
        );
    }

    #[test]
    fn convention_when_there_is_no_index() {
        let http = Script::new().reply(500, "");
        let host = host("connection.keboola.com");
        assert!(block_on(Services::discover(&http, &host)).is_err());
        let services = Services::by_convention(&host);
        for (service, url) in [
            (Service::Queue, "https://queue.keboola.com"),
            (Service::Encryption, "https://encryption.keboola.com"),
            (Service::Import, "https://import.keboola.com"),
            (Service::SyncActions, "https://sync-actions.keboola.com"),
        ] {
            assert_eq!(services.url(service), url);
        }
    }
}
