//! Storage tokens: one for each project, verified before it is kept.

use keboola::page::{CUSTOM_PYTHON, ConfigurationUrl};
use keboola::{Storage, StorageToken, TokenInfo};
use messages::worker::{ForgetToken, KeyHint, StoreToken, TokenReport};
use messages::{Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use webext::fetch::Fetch;
use zeroize::Zeroizing;

use crate::keboola_problem::problem;
use crate::vault::Vault;

/// What the names of tokens in the vault begin with.
const PREFIX: &str = "token/";

/// A token as the vault keeps it, with what its verification told.
#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    report: TokenReport,
    provider: Option<String>,
}

/// A token that fits the configuration's project.
pub(crate) struct Stored {
    /// The token.
    pub(crate) token: StorageToken,
    /// What is shown of it.
    pub(crate) report: TokenReport,
    /// Where the project keeps files: `aws`, `azure` or `gcp`.
    pub(crate) provider: Option<String>,
}

/// The token of the configuration's project.
pub(crate) async fn load(configuration: &ConfigurationUrl) -> Result<StorageToken, Problem> {
    let stored = stored(configuration)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    Ok(stored.token)
}

/// As [`load`], with what is known of it, where having none is no problem.
pub(crate) async fn stored(configuration: &ConfigurationUrl) -> Result<Option<Stored>, Problem> {
    let Some(text) = Vault::open().await?.get(&name(configuration)).await? else {
        return Ok(None);
    };
    let Ok(Kept {
        token,
        report,
        provider,
    }) = serde_json::from_str(&text)
    else {
        return Ok(None);
    };
    Ok(StorageToken::parse(&token).ok().map(|token| Stored {
        token,
        report,
        provider,
    }))
}

/// Verifies the token against the page's stack and project; keeps it when it fits.
pub(crate) async fn store(call: &StoreToken) -> Result<TokenReport, Problem> {
    let configuration = &call.configuration;
    let token = StorageToken::parse(&call.token.0)
        .map_err(|error| Problem::with(ProblemCode::TokenInvalid, error.to_string()))?;
    let storage = Storage::new(&Fetch, &configuration.stack, None, &token);
    let info = storage
        .verify_token()
        .await
        .map_err(|error| problem(error, "verify the token"))?;
    if info.project != configuration.project {
        let detail = format!(
            "The token is of project {} ({}); this page is of project {}.",
            info.project, info.project_name, configuration.project
        );
        return Err(Problem::with(ProblemCode::TokenForeign, detail));
    }
    let report = report(&token, &info);
    let kept = Kept {
        token: token.expose().to_owned(),
        report: report.clone(),
        provider: info.file_storage_provider,
    };
    let text = Zeroizing::new(
        serde_json::to_string(&kept)
            .map_err(|_| Problem::with(ProblemCode::Internal, "the token could not be written"))?,
    );
    Vault::open()
        .await?
        .put(&name(configuration), &text)
        .await?;
    Ok(report)
}

/// Drops the token.
pub(crate) async fn forget(call: &ForgetToken) -> Result<(), Problem> {
    Vault::open()
        .await?
        .remove(&name(&call.configuration))
        .await
}

/// How many tokens are kept, of all projects.
pub(crate) async fn count() -> Result<u32, Problem> {
    let names = Vault::open().await?.names(PREFIX).await?;
    Ok(u32::try_from(names.len()).unwrap_or(u32::MAX))
}

/// What is shown of a token.
fn report(token: &StorageToken, info: &TokenInfo) -> TokenReport {
    TokenReport {
        hint: KeyHint {
            last4: token.last4().to_owned(),
        },
        description: info.description.clone(),
        project_name: info.project_name.clone(),
        project: info.project.clone(),
        expires: info.expires.clone(),
        is_master: info.is_master,
        lacks: info.lacks_for(CUSTOM_PYTHON),
    }
}

fn name(configuration: &ConfigurationUrl) -> String {
    format!(
        "{PREFIX}{}/{}",
        configuration.stack.as_str(),
        configuration.project
    )
}
