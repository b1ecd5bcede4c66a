//! The e2b key: keeping it, testing it, dropping it.

use e2b::{ApiKey, Control, E2bError, Endpoint};
use messages::worker::{E2bKeyReport, E2bKeyState, KeyHint, StoreE2bKey};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::account::Account;
use crate::e2b_problem::problem;
use crate::service;
use crate::vault::Vault;

/// What the names of keys in the vault begin with.
const NAME: &str = "e2b-key";

/// The name of a service's key in the vault. Each service has its own: a key must never be sent to
/// another one than it was entered for.
fn name(endpoint: &Endpoint) -> String {
    format!("{NAME}@{}", endpoint.api_url())
}

/// The key of a service in this browser session.
pub(crate) async fn of(endpoint: &Endpoint) -> Result<Option<ApiKey>, Problem> {
    let text = Vault::open().await?.get(&name(endpoint)).await?;
    Ok(text.and_then(|text| ApiKey::parse(&text).ok()))
}

/// The key of the service in force.
pub(crate) async fn stored() -> Result<Option<ApiKey>, Problem> {
    of(&service::endpoint().await?).await
}

/// Keeps the key whatever e2b says of it: a person may enter it while the network is down.
pub(crate) async fn store(call: &StoreE2bKey) -> Result<E2bKeyReport, Problem> {
    let key = ApiKey::parse(&call.key.0)
        .map_err(|error| Problem::with(ProblemCode::E2bKeyInvalid, error.to_string()))?;
    let endpoint = service::endpoint().await?;
    Vault::open()
        .await?
        .put(&name(&endpoint), key.expose())
        .await?;
    report(&endpoint, &key).await
}

/// Tries the key that is kept.
pub(crate) async fn test() -> Result<E2bKeyReport, Problem> {
    let account = Account::load().await?;
    report(&account.endpoint, &account.key).await
}

/// Drops the key.
pub(crate) async fn forget() -> Result<(), Problem> {
    let endpoint = service::endpoint().await?;
    Vault::open().await?.remove(&name(&endpoint)).await
}

/// All that is ever shown of a key.
pub(crate) fn hint(key: &ApiKey) -> KeyHint {
    KeyHint {
        last4: key.last4().to_owned(),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a latency in ms
async fn report(endpoint: &Endpoint, key: &ApiKey) -> Result<E2bKeyReport, Problem> {
    let began = clock::now_ms();
    let state = match Control::new(&Fetch, endpoint, key).check_key().await {
        Ok(check) => E2bKeyState::Valid {
            running: check.running,
            latency_ms: (clock::now_ms() - began).max(0.0) as u32,
        },
        Err(E2bError::InvalidKey) => E2bKeyState::Invalid,
        Err(E2bError::Blocked { .. }) => E2bKeyState::Blocked,
        Err(error) => E2bKeyState::Unknown(problem(error)),
    };
    Ok(E2bKeyReport {
        hint: hint(key),
        state,
        warning: key.doubt().map(str::to_owned),
    })
}
