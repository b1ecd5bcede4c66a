//! Where the panel is, and which keys are there.

use keboola::Storage;
use keboola::page::CUSTOM_PYTHON;
use messages::worker::{Context, Keys, ReadKeys};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::{Deserialize, Serialize};
use webext::calls::Sender;
use webext::fetch::Fetch;
use webext::storage::Area;

use crate::{e2b_key, storage_token};

/// What is remembered of a configuration for the panel's head, so that it opens without waiting.
#[derive(Clone, Serialize, Deserialize)]
struct Remembered {
    name: String,
    version: u64,
}

/// The configuration that the sender's tab shows.
pub(crate) async fn read(sender: &Sender) -> Result<Context, Problem> {
    let configuration = sender
        .tab_url
        .as_deref()
        .and_then(ConfigurationUrl::parse)
        .ok_or(ProblemCode::NotAConfiguration)?;
    let remembered = match recall(&configuration).await {
        Some(remembered) => Some(remembered),
        None => look_up(&configuration).await,
    };
    Ok(Context {
        configuration,
        name: remembered
            .as_ref()
            .map(|remembered| remembered.name.clone()),
        version: remembered.map(|remembered| remembered.version),
    })
}

/// Which keys are there.
pub(crate) async fn keys(call: &ReadKeys) -> Result<Keys, Problem> {
    let token = match &call.configuration {
        Some(configuration) => storage_token::stored(configuration).await?,
        None => None,
    };
    Ok(Keys {
        e2b_key: e2b_key::stored().await?.map(|key| e2b_key::hint(&key)),
        token: token.map(|stored| stored.report),
        tokens: storage_token::count().await?,
    })
}

/// Remembers what a fresh read of the configuration told.
pub(crate) async fn remember(configuration: &ConfigurationUrl, name: &str, version: u64) {
    let remembered = Remembered {
        name: name.to_owned(),
        version,
    };
    if let Ok(text) = serde_json::to_string(&remembered) {
        // Only a convenience: when it cannot be kept, it is read again.
        let _ = Area::Session.write(&memory_key(configuration), &text).await;
    }
}

async fn recall(configuration: &ConfigurationUrl) -> Option<Remembered> {
    let text = Area::Session
        .read(&memory_key(configuration))
        .await
        .ok()??;
    serde_json::from_str(&text).ok()
}

/// Reads the name with the token, if there is one; the panel works without it as well.
async fn look_up(configuration: &ConfigurationUrl) -> Option<Remembered> {
    let token = storage_token::load(configuration).await.ok()?;
    let branch = configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &configuration.stack, branch, &token);
    let read = storage
        .read_configuration(CUSTOM_PYTHON, &configuration.configuration)
        .await
        .ok()?;
    remember(configuration, &read.name, read.version).await;
    Some(Remembered {
        name: read.name,
        version: read.version,
    })
}

fn memory_key(configuration: &ConfigurationUrl) -> String {
    format!("name/{}", configuration.key())
}
