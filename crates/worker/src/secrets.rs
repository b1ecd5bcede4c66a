//! The values of encrypted parameters that a person entered for this browser session.
//!
//! Nobody can decrypt what Keboola encrypted (reference keboola §0.4), so a run needs each value
//! entered once, or left out on purpose.

use std::collections::BTreeMap;

use keboola::component::{encrypted_paths, newly_encrypted};
use keboola::page::CUSTOM_PYTHON;
use keboola::{Configuration, CustomPython, Storage};
use messages::worker::{ReadSecrets, Secret, SecretChoice, SecretParameter, StoreSecret};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webext::fetch::Fetch;
use zeroize::Zeroizing;

use crate::configuration::draft;
use crate::configuration::lay_over::lay_over;
use crate::keboola_problem::problem;
use crate::storage_token;
use crate::vault::Vault;

/// What the vault keeps of a choice.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Entered(String),
    LeftOut,
}

/// The encrypted parameters of the configuration as it is saved now and as it is edited, with the
/// choices made.
pub(crate) async fn read(call: &ReadSecrets) -> Result<Vec<SecretParameter>, Problem> {
    let configuration = &call.configuration;
    let token = storage_token::load(configuration).await?;
    let branch = configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &configuration.stack, branch, &token);
    let read = storage
        .read_configuration(CUSTOM_PYTHON, &configuration.configuration)
        .await
        .map_err(|error| problem(error, "read the configuration"))?;
    let mut paths = paths_of(&read);
    if let Some(draft) = draft::stored(configuration).await? {
        let mut edited = read;
        // Edits that cannot be run ask for nothing either.
        if lay_over(&mut edited, draft).is_ok() {
            let more = paths_of(&edited);
            paths.extend(
                more.into_iter()
                    .filter(|it| !paths.contains(it))
                    .collect::<Vec<_>>(),
            );
        }
    }
    let vault = Vault::open().await?;
    let mut parameters = Vec::new();
    for path in paths {
        let choice = match kept(&vault, configuration, &path).await? {
            None => SecretChoice::Open,
            Some(Kept::Entered(_)) => SecretChoice::Entered,
            Some(Kept::LeftOut) => SecretChoice::LeftOut,
        };
        parameters.push(SecretParameter { path, choice });
    }
    Ok(parameters)
}

/// A configuration that cannot be run has no secrets to ask for; the run says what is wrong.
fn paths_of(configuration: &Configuration) -> Vec<String> {
    let component = CustomPython::parse(configuration);
    component
        .map(|it| encrypted_paths(&Value::Object(it.user_properties)))
        .unwrap_or_default()
}

/// Keeps a choice.
pub(crate) async fn store(call: &StoreSecret) -> Result<(), Problem> {
    let kept = match &call.value {
        Some(value) => Kept::Entered(value.0.clone()),
        None => Kept::LeftOut,
    };
    let text = Zeroizing::new(
        serde_json::to_string(&kept)
            .map_err(|_| Problem::with(ProblemCode::Internal, "secret could not be written"))?,
    );
    Vault::open()
        .await?
        .put(&name(&call.configuration, &call.path), &text)
        .await
}

/// Keeps what was typed in clear and stands encrypted now, as if it had been entered: a run after the
/// save has it as the run before had.
pub(crate) async fn keep_typed(
    configuration: &ConfigurationUrl,
    typed: &Value,
    saved: &Value,
) -> Result<(), Problem> {
    for (path, value) in newly_encrypted(typed, saved) {
        let entered = StoreSecret {
            configuration: configuration.clone(),
            path,
            value: Some(Secret(value)),
        };
        store(&entered).await?;
    }
    Ok(())
}

/// The values for a run, by path; `None` is left out on purpose.
///
/// # Errors
/// `SecretsNeeded` with the paths for which nothing was chosen.
pub(crate) async fn for_run(
    configuration: &ConfigurationUrl,
    paths: Vec<String>,
) -> Result<BTreeMap<String, Option<String>>, Problem> {
    let vault = Vault::open().await?;
    let mut values = BTreeMap::new();
    let mut open = Vec::new();
    for path in paths {
        match kept(&vault, configuration, &path).await? {
            None => open.push(path),
            Some(Kept::Entered(value)) => {
                values.insert(path, Some(value));
            }
            Some(Kept::LeftOut) => {
                values.insert(path, None);
            }
        }
    }
    if open.is_empty() {
        Ok(values)
    } else {
        Err(Problem::with(ProblemCode::SecretsNeeded, open.join(", ")))
    }
}

async fn kept(
    vault: &Vault,
    configuration: &ConfigurationUrl,
    path: &str,
) -> Result<Option<Kept>, Problem> {
    let text = vault.get(&name(configuration, path)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn name(configuration: &ConfigurationUrl, path: &str) -> String {
    format!("secret/{}/{path}", configuration.key())
}
