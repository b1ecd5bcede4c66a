//! A configuration as Storage keeps it (reference §4).

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use transport::Http;

use crate::client::{Storage, escape};
use crate::document::Document;
use crate::error::KeboolaError;
use crate::wire;

/// A configuration. Its content keeps the order of its keys and the spelling of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its version; grows by one with each change.
    pub version: u64,
    /// What stands in `configuration`: `parameters`, `storage`, `runtime` and so on.
    pub raw: Map<String, Value>,
    /// The same, as the text that Storage gave.
    pub document: Document,
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
        wire.read()
    }
}

#[cfg(test)]
impl Configuration {
    /// One with this content.
    pub(crate) fn of(raw: &Value) -> Self {
        Self {
            id: "01k7pkk4qg".to_owned(),
            name: "Zoo".to_owned(),
            description: String::new(),
            version: 12,
            document: Document::parse(&raw.to_string()).unwrap_or_else(|_| panic!("{raw}")),
            raw: raw.as_object().cloned().unwrap_or_default(),
            state: Map::new(),
        }
    }
}

impl ConfigurationWire {
    pub(crate) fn read(self) -> Result<Configuration, KeboolaError> {
        let text = self.configuration.as_deref().map_or("{}", RawValue::get);
        let document = match text {
            "null" => Document::parse("{}"),
            text => Document::parse(text),
        };
        let no_object = |_| KeboolaError::unexpected("the configuration is not an object");
        let document = document.map_err(no_object)?;
        Ok(Configuration {
            id: self.id,
            name: self.name,
            description: self.description,
            version: self.version,
            raw: serde_json::from_str(document.text()).unwrap_or_default(),
            document,
            state: self.state,
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct ConfigurationWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    name: String,
    #[serde(deserialize_with = "wire::number")]
    version: u64,
    #[serde(default, deserialize_with = "wire::lenient")]
    description: String,
    #[serde(default)]
    configuration: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "wire::object")]
    state: Map<String, Value>,
}
