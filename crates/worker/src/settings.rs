//! Settings of a configuration, and the files attached to its runs: nothing secret, kept on disk.

use messages::worker::{AttachFile, DetachFile, ReadSettings, Settings, StoreSettings};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use webext::storage::Area;

/// The settings, with defaults for what was never set.
pub(crate) async fn read(call: &ReadSettings) -> Result<Settings, Problem> {
    of(&call.configuration).await
}

/// As [`read`].
pub(crate) async fn of(configuration: &ConfigurationUrl) -> Result<Settings, Problem> {
    Ok(load(&format!("settings/{}", configuration.key()))
        .await?
        .unwrap_or_default())
}

/// Keeps the settings.
pub(crate) async fn store(call: &StoreSettings) -> Result<(), Problem> {
    save(
        &format!("settings/{}", call.configuration.key()),
        &call.settings,
    )
    .await
}

/// Ids of the files attached to the configuration's runs, in the order in which they were.
pub(crate) async fn attached(configuration: &ConfigurationUrl) -> Result<Vec<u64>, Problem> {
    Ok(load(&attached_key(configuration))
        .await?
        .unwrap_or_default())
}

/// Makes a file an input of every later run.
pub(crate) async fn attach(call: &AttachFile) -> Result<(), Problem> {
    let mut files = attached(&call.configuration).await?;
    if !files.contains(&call.file) {
        files.push(call.file);
        save(&attached_key(&call.configuration), &files).await?;
    }
    Ok(())
}

/// Takes that back.
pub(crate) async fn detach(call: &DetachFile) -> Result<(), Problem> {
    let mut files = attached(&call.configuration).await?;
    files.retain(|file| *file != call.file);
    save(&attached_key(&call.configuration), &files).await
}

fn attached_key(configuration: &ConfigurationUrl) -> String {
    format!("attached/{}", configuration.key())
}

async fn load<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Problem> {
    let text = Area::Local
        .read(key)
        .await
        .map_err(|error| broken(&error.to_string()))?;
    // What an older version wrote and this one cannot read counts as never set.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

async fn save<T: Serialize>(key: &str, value: &T) -> Result<(), Problem> {
    let text = serde_json::to_string(value).map_err(|error| broken(&error.to_string()))?;
    Area::Local
        .write(key, &text)
        .await
        .map_err(|error| broken(&error.to_string()))
}

fn broken(what: &str) -> Problem {
    Problem::with(ProblemCode::Internal, what)
}
