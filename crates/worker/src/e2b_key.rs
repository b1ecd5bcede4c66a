//! The e2b key: keeping it, testing it, dropping it.

use e2b::{ApiKey, Control, E2bError, Endpoint};
use messages::worker::{E2bKeyReport, E2bKeyState, KeyHint, StoreE2bKey};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::e2b_problem::problem;
use crate::vault::Vault;

/// The key's name in the vault.
const NAME: &str = "e2b-key";

/// The key of this browser session.
pub(crate) async fn load() -> Result<ApiKey, Problem> {
    stored()
        .await?
        .ok_or_else(|| ProblemCode::E2bKeyMissing.into())
}

/// As [`load`], where having none is no problem.
pub(crate) async fn stored() -> Result<Option<ApiKey>, Problem> {
    let text = Vault::open().await?.get(NAME).await?;
    Ok(text.and_then(|text| ApiKey::parse(&text).ok()))
}

/// Keeps the key whatever e2b says of it: a person may enter it while the network is down.
pub(crate) async fn store(call: &StoreE2bKey) -> Result<E2bKeyReport, Problem> {
    let key = ApiKey::parse(&call.key.0)
        .map_err(|error| Problem::with(ProblemCode::E2bKeyInvalid, error.to_string()))?;
    Vault::open().await?.put(NAME, key.expose()).await?;
    report(&key).await
}

/// Tries the key that is kept.
pub(crate) async fn test() -> Result<E2bKeyReport, Problem> {
    report(&load().await?).await
}

/// Drops the key.
pub(crate) async fn forget() -> Result<(), Problem> {
    Vault::open().await?.remove(NAME).await
}

/// All that is ever shown of a key.
pub(crate) fn hint(key: &ApiKey) -> KeyHint {
    KeyHint {
        last4: key.last4().to_owned(),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a latency in ms
async fn report(key: &ApiKey) -> Result<E2bKeyReport, Problem> {
    let endpoint = Endpoint::cloud();
    let began = clock::now_ms();
    let state = match Control::new(&Fetch, &endpoint, key).check_key().await {
        Ok(check) => E2bKeyState::Valid {
            running: check.running,
            latency_ms: (clock::now_ms() - began).max(0.0) as u32,
        },
        Err(E2bError::InvalidKey) => E2bKeyState::Invalid,
        Err(E2bError::Blocked { .. }) => E2bKeyState::Blocked,
        Err(error) => E2bKeyState::Unreachable(problem(error).detail.unwrap_or_default()),
    };
    Ok(E2bKeyReport {
        hint: hint(key),
        state,
        warning: key.doubt().map(str::to_owned),
    })
}
