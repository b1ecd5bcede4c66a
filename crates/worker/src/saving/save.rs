//! Saving what was reviewed.

use std::rc::Rc;

use futures::lock::Mutex;
use keboola::fields::{Field, Keep};
use keboola::page::CUSTOM_PYTHON;
use keboola::{Encryption, Save, Saved, Service, Storage};
use messages::worker::{Overtaken, SaveConfiguration, SaveOutcome, Side};
use messages::{ConfigurationUrl, Problem};
use serde_json::{Map, Value};
use webext::fetch::Fetch;

use super::intent::remember;
use super::review::{intended, reviewed};
use super::shown;
use crate::configuration::draft;
use crate::{context, keboola_services, secrets, storage_token};

thread_local! {
    // Two panels may save at the same time: each is to see what the other wrote.
    static SAVING: Rc<Mutex<()>> = Rc::default();
}

/// The secrets among the edited parameters, for runs to come.
async fn keep_typed(
    url: &ConfigurationUrl,
    parameters: &str,
    saved: &Map<String, Value>,
) -> Result<(), Problem> {
    // Texts that are not JSON were not saved.
    let typed = serde_json::from_str(parameters).unwrap_or_default();
    let saved = saved
        .get("parameters")
        .and_then(|it| it.get("user_properties"));
    secrets::keep_typed(url, &typed, saved.unwrap_or(&Value::Null)).await
}

/// Writes what was reviewed.
pub(crate) async fn save(call: &SaveConfiguration) -> Result<SaveOutcome, Problem> {
    let saving = SAVING.with(Rc::clone);
    let _one_at_a_time = saving.lock().await;
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let intent = intended(&storage, url, call.wanted).await?;
    let choice = |field: &Field| {
        let name = field.name();
        let chosen = call.choices.iter().find(|(it, _)| *it == name);
        chosen.map(|(_, side)| match side {
            Side::Theirs => Keep::Theirs,
            Side::Mine => Keep::Mine,
        })
    };
    let encryption = Encryption {
        http: &Fetch,
        url: keboola_services::url(&url.stack, Service::Encryption).await,
        component: CUSTOM_PYTHON,
        project: &url.project.to_string(),
        configuration: &url.configuration,
    };
    let save = Save {
        base: &intent.base,
        edits: &intent.edits,
        reviewed: call.reviewed,
        choice: &choice,
        description: &call.description,
    };
    let saved = storage
        .save_configuration(CUSTOM_PYTHON, &url.configuration, &save, &encryption)
        .await
        .map_err(shown::problem)?;
    let outcome = match saved {
        Saved::Moved(review) => {
            let review = reviewed(&storage, url, &review, intent.base_version).await?;
            return Ok(SaveOutcome::Review(review));
        }
        Saved::Unchanged => SaveOutcome::Unchanged,
        Saved::Written(version) => SaveOutcome::Saved { version },
        Saved::Overtaken(told) => SaveOutcome::Overtaken(Overtaken {
            own: Some(told.own),
            others: told.others.into_iter().map(shown::version).collect(),
            fields: told.replaced,
        }),
    };
    // It is written: what fails from here on must not look like a failed save.
    let draft = match call.wanted.edits {
        true => draft::stored(url).await.ok().flatten(),
        false => None,
    };
    if call.wanted.edits {
        let _ = draft::forget(url).await;
    }
    let now = storage
        .read_configuration(CUSTOM_PYTHON, &url.configuration)
        .await;
    if let Ok(now) = now {
        context::remember(url, &now.name, now.version).await;
        if let Some(parameters) = draft.and_then(|draft| draft.parameters) {
            let _ = keep_typed(url, &parameters, &now.raw).await;
        }
        let _ = remember(url, call.wanted, &intent.files, &now.document).await;
    }
    Ok(outcome)
}
