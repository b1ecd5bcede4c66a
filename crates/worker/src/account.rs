//! A service and the key for it: what every call of the control plane is made with.

use e2b::{ApiKey, Control, Endpoint};
use messages::{Problem, ProblemCode};
use webext::fetch::Fetch;

use crate::{e2b_key, service};

/// A service with its key.
pub(crate) struct Account {
    /// Where the service lives.
    pub(crate) endpoint: Endpoint,
    /// The key of this browser session.
    pub(crate) key: ApiKey,
}

impl Account {
    /// The service in force.
    pub(crate) async fn load() -> Result<Self, Problem> {
        Self::of(service::endpoint().await?).await
    }

    /// A service, if there is a key for it.
    async fn of(endpoint: Endpoint) -> Result<Self, Problem> {
        let key = e2b_key::of(&endpoint).await?;
        let key = key.ok_or(ProblemCode::E2bKeyMissing)?;
        Ok(Self { endpoint, key })
    }

    /// Its calls.
    pub(crate) fn control(&self) -> Control<'_, Fetch> {
        Control::new(&Fetch, &self.endpoint, &self.key)
    }
}
