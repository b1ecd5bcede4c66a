//! What of its token Keboola hands to a component (reference §8.3).

use serde_json::Value;
use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;

/// The component's switches that change the environment of its jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentFlags {
    /// Jobs get `KBC_TOKEN` and `KBC_URL`.
    pub forward_token: bool,
    /// Jobs get the token's id and description and the project's name.
    pub forward_token_details: bool,
    /// The component's own wish for `KBC_DATA_TYPE_SUPPORT`: `authoritative`, `hints` or `none`.
    pub data_types_support: Option<String>,
}

impl<H: Http> Storage<'_, H> {
    /// Reads the switches of a component.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when the stack does not have the component.
    pub async fn read_component_flags(
        &self,
        component: &str,
    ) -> Result<ComponentFlags, KeboolaError> {
        let url = self.of_branch(&format!("components/{}", escape(component)));
        let component: Value = self.get(&url, "description of the component").await?;
        let data = &component["data"];
        let flag = |name: &str| data[name].as_bool().unwrap_or(false);
        let support = component
            .pointer("/dataTypesConfiguration/dataTypesSupport")
            .or_else(|| data.pointer("/dataTypesConfiguration/dataTypesSupport"));
        Ok(ComponentFlags {
            forward_token: flag("forward_token"),
            forward_token_details: flag("forward_token_details"),
            data_types_support: support.and_then(Value::as_str).map(str::to_owned),
        })
    }
}
