//! A configuration as Storage keeps it (reference §4).

use serde::Deserialize;
use serde_json::{Map, Value};
use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::wire;

/// A configuration. Its content keeps the order of its keys and the spelling of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version; grows by one with each change.
    pub version: u64,
    /// What stands in `configuration`: `parameters`, `storage`, `runtime` and so on.
    pub raw: Map<String, Value>,
    /// What stands in `state`: the script's own under `component`, the input mapping's under
    /// `storage`.
    pub state: Map<String, Value>,
}

impl<H: Http> Storage<'_, H> {
    /// Reads a configuration of the branch, as it is now.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when the branch has none of this id.
    pub async fn read_configuration(
        &self,
        component: &str,
        configuration: &str,
    ) -> Result<Configuration, KeboolaError> {
        let path = format!(
            "components/{}/configs/{}",
            escape(component),
            escape(configuration)
        );
        let wire: ConfigurationWire = self.get(&self.of_branch(&path), "configuration").await?;
        Ok(Configuration {
            id: wire.id,
            name: wire.name,
            version: wire.version,
            raw: wire.configuration,
            state: wire.state,
        })
    }
}

#[derive(Deserialize)]
struct ConfigurationWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    name: String,
    #[serde(deserialize_with = "wire::number")]
    version: u64,
    #[serde(default, deserialize_with = "wire::object")]
    configuration: Map<String, Value>,
    #[serde(default, deserialize_with = "wire::object")]
    state: Map<String, Value>,
}
