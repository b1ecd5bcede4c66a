//! Reading the configuration for the editor.

use keboola::page::CUSTOM_PYTHON;
use keboola::{KeboolaError, Storage};
use messages::worker::{ConfigurationView, ReadConfiguration};
use messages::{Problem, ProblemCode};
use serde::de::DeserializeOwned;
use webext::fetch::Fetch;

use crate::keboola_problem::problem;
use crate::{context, storage_token};

/// Reads it fresh.
pub(crate) async fn read(call: &ReadConfiguration) -> Result<ConfigurationView, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let read = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token)
        .read_configuration(CUSTOM_PYTHON, &url.configuration)
        .await
        .map_err(|error| match error {
            KeboolaError::NotFound { message, .. } => {
                Problem::with(ProblemCode::ConfigurationMissing, message)
            }
            other => problem(other, "read the configuration"),
        })?;
    context::remember(url, &read.name, read.version).await;
    let document = &read.document;
    let text = |key: &str, otherwise: &str| {
        parsed::<String>(document.get(&["parameters", key])).unwrap_or_else(|| otherwise.to_owned())
    };
    let parameters = document.get(&["parameters", "user_properties"]);
    // PHP makes lists of empty objects.
    let parameters = parameters
        .filter(|text| text.starts_with('{'))
        .unwrap_or("{}");
    Ok(ConfigurationView {
        version: read.version,
        source: text("source", "code"),
        venv: text("venv", "base"),
        code: parsed(document.get(&["parameters", "code"])),
        packages: parsed(document.get(&["parameters", "packages"])).unwrap_or_default(),
        parameters: parameters.to_owned(),
        raw: document.text().to_owned(),
        name: read.name,
    })
}

/// What is missing or of another kind is nothing here; a run says what is wrong with it.
fn parsed<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    serde_json::from_str(text?).ok()
}
