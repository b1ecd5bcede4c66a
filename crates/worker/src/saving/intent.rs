//! What of this panel's goes into the configuration, and from what it began.

use keboola::fields::{Edit, Field, fields};
use keboola::own_parameters::{self as own, FILES, TEMPLATE, TIMEOUT};
use keboola::{Document, same_content};
use messages::worker::{Draft, Wanted};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::own_files;
use crate::configuration::draft;
use crate::vault::Vault;
use crate::{e2b_key, settings};

/// Edits, and what they began from.
pub(super) struct Intent {
    /// The configuration that the edits began from.
    pub(super) base: Document,
    /// Its version, when the edits are a person's.
    pub(super) base_version: Option<u64>,
    /// The edits.
    pub(super) edits: Vec<Edit>,
    /// Ids of the files that are listed then.
    pub(super) files: Vec<u64>,
}

/// What this browser wrote last: from there a change of somebody else is told apart from none.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Synced {
    template: Option<String>,
    timeout: Option<u32>,
    files: Vec<u64>,
}

/// What is wanted, held against the configuration as it is `now`.
pub(super) async fn intent(
    configuration: &ConfigurationUrl,
    wanted: Wanted,
    now: &Document,
) -> Result<Intent, Problem> {
    let mut intent = match (wanted.edits, draft::stored(configuration).await?) {
        (true, Some(draft)) => of_draft(&draft)?,
        _ => Intent {
            base: now.clone(),
            base_version: None,
            edits: Vec::new(),
            files: Vec::new(),
        },
    };
    if wanted.settings {
        add_settings(configuration, now, &mut intent).await?;
    }
    if wanted.key {
        add_key(configuration, now, &mut intent).await?;
    }
    Ok(intent)
}

fn of_draft(draft: &Draft) -> Result<Intent, Problem> {
    let base = Document::parse(&draft.base).map_err(|error| broken(&error))?;
    let mut edits = Vec::new();
    if let Some(code) = &draft.code {
        edits.push((Field::Code, Some(Value::from(code.as_str()).to_string())));
    }
    if let Some(packages) = &draft.packages {
        let list: Value = packages.iter().map(|it| Value::from(it.as_str())).collect();
        edits.push((Field::Packages, Some(list.to_string())));
    }
    if let Some(parameters) = &draft.parameters {
        let typed = Document::parse(parameters).map_err(|_| {
            Problem::with(
                ProblemCode::UserPropertiesInvalid,
                "the edited user parameters are not a JSON object",
            )
        })?;
        edits.extend(parameter_edits(&base, &typed));
    }
    Ok(Intent {
        base,
        base_version: Some(draft.base_version),
        edits,
        files: Vec::new(),
    })
}

/// What was typed, key by key: those that are as they were are no edits.
fn parameter_edits(base: &Document, typed: &Document) -> Vec<Edit> {
    let mut edits: Vec<Edit> = typed
        .members(&[])
        .into_iter()
        .map(|(key, value)| (Field::Parameter(key), Some(value.to_owned())))
        .filter(|(field, value)| {
            let before = field.of(base);
            !matches!((before, value), (Some(before), Some(value)) if same_content(before, value))
        })
        .collect();
    let is_gone = |field: &Field| match field {
        Field::Parameter(key) => typed.get(&[key.as_str()]).is_none(),
        _ => false,
    };
    let gone = fields(base).into_iter().map(|(field, _)| field);
    edits.extend(gone.filter(is_gone).map(|field| (field, None)));
    edits
}

async fn add_settings(
    configuration: &ConfigurationUrl,
    now: &Document,
    intent: &mut Intent,
) -> Result<(), Problem> {
    let settings = settings::of(configuration).await?;
    let synced = synced(configuration).await?;
    let files = own_files::attached(configuration).await?;
    let before = [
        (
            TEMPLATE,
            synced.template.map(|it| Value::from(it).to_string()),
        ),
        (TIMEOUT, synced.timeout.map(|it| it.to_string())),
        // Lists are put together, so that nobody has to choose.
        (FILES, parameter(FILES).of(now).map(str::to_owned)),
    ];
    for (key, value) in before {
        rebase(&mut intent.base, key, value.as_deref())?;
    }
    intent.edits.extend([
        own::template(&settings.template),
        own::timeout(settings.life_seconds),
        own::files(parameter(FILES).of(now), &files, &synced.files),
    ]);
    intent.files = files.iter().map(|it| it.id).collect();
    Ok(())
}

async fn add_key(
    configuration: &ConfigurationUrl,
    now: &Document,
    intent: &mut Intent,
) -> Result<(), Problem> {
    let key = e2b_key::stored().await?.ok_or(ProblemCode::E2bKeyMissing)?;
    let field = parameter(own::API_KEY);
    let there = field.of(now);
    let written = Vault::open().await?.get(&key_note(configuration)).await?;
    if let (Some(there), Some(written)) = (there, written)
        && *written == note_of(there, key.expose())
    {
        // It is this key's own ciphertext.
        return Ok(());
    }
    // Two ciphertexts cannot be compared: whose it is, the review tells.
    rebase(&mut intent.base, own::API_KEY, there)?;
    intent.edits.retain(|(it, _)| *it != field);
    intent.edits.push(own::api_key(key.expose()));
    Ok(())
}

/// Makes `value` what the edit of a parameter began from.
fn rebase(base: &mut Document, key: &str, value: Option<&str>) -> Result<(), Problem> {
    let path = ["parameters", "user_properties", key];
    let changed = match value {
        Some(value) => base.set(&path, value),
        None => base.remove(&path),
    };
    *base = changed.map_err(|error| broken(&error))?;
    Ok(())
}

fn parameter(key: &str) -> Field {
    Field::Parameter(key.to_owned())
}

fn broken(error: &keboola::DocumentError) -> Problem {
    Problem::with(ProblemCode::ConfigurationShape, error.to_string())
}

async fn synced(configuration: &ConfigurationUrl) -> Result<Synced, Problem> {
    let kept = settings::load(&synced_key(configuration)).await?;
    Ok(kept.unwrap_or_default())
}

/// Remembers what is in the configuration now.
pub(super) async fn remember(
    configuration: &ConfigurationUrl,
    wanted: Wanted,
    files: &[u64],
    now: &Document,
) -> Result<(), Problem> {
    if wanted.settings {
        let settings = settings::of(configuration).await?;
        let synced = Synced {
            template: Some(settings.template),
            timeout: Some(settings.life_seconds),
            files: files.to_vec(),
        };
        settings::save(&synced_key(configuration), &synced).await?;
    }
    if wanted.key
        && let Some(key) = e2b_key::stored().await?
        && let Some(there) = parameter(own::API_KEY).of(now)
    {
        let note = note_of(there, key.expose());
        let vault = Vault::open().await?;
        vault.put(&key_note(configuration), &note).await?;
    }
    Ok(())
}

fn synced_key(configuration: &ConfigurationUrl) -> String {
    format!("synced/{}", configuration.key())
}

fn key_note(configuration: &ConfigurationUrl) -> String {
    format!("synced-key/{}", configuration.key())
}

/// Which key a ciphertext is of.
fn note_of(ciphertext: &str, key: &str) -> String {
    format!("{ciphertext}\n{key}")
}
