//! Storage tokens: one for each project, verified before it is kept.

use std::collections::BTreeMap;

use futures::join;
use keboola::page::CUSTOM_PYTHON;
use keboola::{KeboolaError, Storage, StorageToken, TokenInfo, Tried};
use messages::engine::TokenStored;
use messages::worker::{CheckToken, ForgetToken, KeyHint, Secret, StoreToken, TokenReport};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use webext::calls;
use webext::fetch::Fetch;
use zeroize::Zeroizing;

use crate::keboola_problem::problem;
use crate::vault::Vault;
use crate::{context, engine};

/// What the names of tokens in the vault begin with.
const PREFIX: &str = "token/";

/// A token as the vault keeps it, with what Storage told of it.
#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    info: TokenInfo,
    /// Whether Storage refused it after it had been kept.
    refused: bool,
    /// What reads of configurations with it told, by the configuration's key.
    tried: BTreeMap<String, Tried>,
}

impl Kept {
    /// What is shown of it for a configuration.
    fn report(&self, token: &StorageToken, configuration: &ConfigurationUrl) -> TokenReport {
        let info = &self.info;
        TokenReport {
            hint: KeyHint {
                last4: token.last4().to_owned(),
            },
            description: info.description.clone(),
            made_by: info.made_by.clone(),
            person: info.person.clone(),
            project_name: info.project_name.clone(),
            project: info.project.clone(),
            expires: info.expires.clone(),
            ends_at: info.ends_at_ms(),
            is_master: info.is_master,
            refused: self.refused,
            rights: info.rights(self.tried.get(&configuration.key())),
        }
    }
}

/// A token that fits the configuration's project.
pub(crate) struct Stored {
    /// The token.
    pub(crate) token: StorageToken,
    /// Its id, by which Keboola names who did something.
    pub(crate) id: String,
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
    Ok(kept(configuration).await?.map(|(token, kept)| Stored {
        report: kept.report(&token, configuration),
        token,
        id: kept.info.id,
        provider: kept.info.file_storage_provider,
    }))
}

/// Verifies a pasted token against the page's stack and project; keeps it when it fits.
pub(crate) async fn store(call: &StoreToken) -> Result<TokenReport, Problem> {
    keep(&call.configuration, &call.token).await
}

/// Verifies a token, wherever it comes from; keeps it when it fits, and what waited for it goes on.
pub(crate) async fn keep(
    configuration: &ConfigurationUrl,
    token: &Secret,
) -> Result<TokenReport, Problem> {
    let token = StorageToken::parse(&token.0)
        .map_err(|error| Problem::with(ProblemCode::TokenInvalid, error.to_string()))?;
    let (info, tried) = ask(configuration, &token).await;
    let info = info.map_err(|error| problem(error, "verify the token"))?;
    if info.project != configuration.project {
        let detail = format!(
            "The token is of project {} ({}); this page is of project {}.",
            info.project, info.project_name, configuration.project
        );
        return Err(Problem::with(ProblemCode::TokenForeign, detail));
    }
    let mut kept = Kept {
        token: token.expose().to_owned(),
        info,
        refused: false,
        tried: BTreeMap::new(),
    };
    kept.tried
        .extend(tried.map(|tried| (configuration.key(), tried)));
    put(configuration, &kept).await?;
    if engine::runs().await {
        // An engine that is just ending has nothing that waits.
        let _ = calls::call(&TokenStored {
            configuration: configuration.clone(),
        })
        .await;
    }
    Ok(kept.report(&token, configuration))
}

/// Asks again who the stored token is and what it may do.
pub(crate) async fn check(call: &CheckToken) -> Result<TokenReport, Problem> {
    let configuration = &call.configuration;
    let (token, mut kept) = kept(configuration)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    let (info, tried) = ask(configuration, &token).await;
    match info {
        Ok(info) => {
            kept.info = info;
            kept.refused = false;
        }
        Err(KeboolaError::Unauthorized) => kept.refused = true,
        Err(error) => return Err(problem(error, "verify the token")),
    }
    kept.tried
        .extend(tried.map(|tried| (configuration.key(), tried)));
    // A token that was stored meanwhile stays.
    if load(configuration).await.as_ref() == Ok(&token) {
        put(configuration, &kept).await?;
    }
    Ok(kept.report(&token, configuration))
}

/// Who the token is, and what a read of the configuration tells of its rights; asked at once.
async fn ask(
    configuration: &ConfigurationUrl,
    token: &StorageToken,
) -> (Result<TokenInfo, KeboolaError>, Option<Tried>) {
    let branch = configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &configuration.stack, branch, token);
    let (info, read) = join!(
        storage.verify_token(),
        storage.read_configuration(CUSTOM_PYTHON, &configuration.configuration)
    );
    if let Ok(read) = &read {
        context::remember(configuration, &read.name, read.version).await;
    }
    (info, Tried::of(&read))
}

async fn kept(configuration: &ConfigurationUrl) -> Result<Option<(StorageToken, Kept)>, Problem> {
    let text = Vault::open().await?.get(&name(configuration)).await?;
    Ok(text.and_then(|text| {
        let kept: Kept = serde_json::from_str(&text).ok()?;
        Some((StorageToken::parse(&kept.token).ok()?, kept))
    }))
}

async fn put(configuration: &ConfigurationUrl, kept: &Kept) -> Result<(), Problem> {
    let text = Zeroizing::new(
        serde_json::to_string(kept)
            .map_err(|_| Problem::with(ProblemCode::Internal, "the token could not be written"))?,
    );
    Vault::open().await?.put(&name(configuration), &text).await
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

fn name(configuration: &ConfigurationUrl) -> String {
    format!(
        "{PREFIX}{}/{}",
        configuration.stack.as_str(),
        configuration.project
    )
}
