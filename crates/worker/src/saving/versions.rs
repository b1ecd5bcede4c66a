//! The versions of the configuration.

use keboola::page::CUSTOM_PYTHON;
use keboola::{Storage, difference};
use messages::worker::{
    CompareVersions, FieldChange, ListVersions, Overtaken, RollBack, SaveOutcome, VersionView,
};
use messages::{Problem, ProblemCode};
use webext::fetch::Fetch;

use super::shown::{self, configuration_problem};
use crate::{context, storage_token};

/// Versions of one answer.
const PAGE: u64 = 20;

/// Lists them, newest first.
pub(crate) async fn list(call: &ListVersions) -> Result<Vec<VersionView>, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let all = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token)
        .list_versions(CUSTOM_PYTHON, &url.configuration, (call.offset, PAGE))
        .await
        .map_err(|error| configuration_problem(error, "list the versions"))?;
    Ok(all.into_iter().map(shown::version).collect())
}

/// Tells what differs between two.
pub(crate) async fn compare(call: &CompareVersions) -> Result<Vec<FieldChange>, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let read = |version| {
        let read = storage.read_version(CUSTOM_PYTHON, &url.configuration, version);
        async move {
            read.await
                .map_err(|error| configuration_problem(error, "read a version"))
        }
    };
    let (from, to) = futures::try_join!(read(call.from), read(call.to))?;
    let mut changes: Vec<FieldChange> = difference(&from.document, &to.document)
        .iter()
        .map(shown::difference)
        .collect();
    for (field, before, after) in [
        ("name", &from.name, &to.name),
        ("description", &from.description, &to.description),
    ] {
        if before != after {
            changes.push(FieldChange {
                field: field.to_owned(),
                before: Some(before.clone()),
                after: Some(after.clone()),
            });
        }
    }
    Ok(changes)
}

/// Makes a new version of an old one, when Storage has none that the person has not seen.
pub(crate) async fn roll_back(call: &RollBack) -> Result<SaveOutcome, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let wrong = |error| configuration_problem(error, "roll back");
    let now = storage
        .read_configuration(CUSTOM_PYTHON, &url.configuration)
        .await
        .map_err(wrong)?;
    if now.version != call.seen {
        let words = format!("version {} is there by now", now.version);
        return Err(Problem::with(ProblemCode::ConfigurationMoved, words));
    }
    let said = format!("Rolled back to version {}", call.version);
    let made = storage
        .roll_back(CUSTOM_PYTHON, &url.configuration, call.version, &said)
        .await;
    let since = storage
        .list_versions(CUSTOM_PYTHON, &url.configuration, (0, PAGE))
        .await;
    let own = match (made, &since) {
        (Ok(made), _) => made,
        // It may have been done all the same: then there is a version that says so.
        (Err(error), Ok(since)) => since
            .iter()
            .find(|it| it.number > now.version && it.description == said)
            .map(|it| it.number)
            .ok_or_else(|| wrong(error))?,
        (Err(error), Err(_)) => {
            return Err(Problem::with(ProblemCode::SaveUnknown, error.to_string()));
        }
    };
    context::remember(url, &now.name, own).await;
    let others: Vec<_> = since
        .unwrap_or_default()
        .into_iter()
        .filter(|it| it.number > now.version && it.number != own)
        .map(shown::version)
        .collect();
    if others.is_empty() {
        return Ok(SaveOutcome::Saved { version: own });
    }
    Ok(SaveOutcome::Overtaken(Overtaken {
        own: Some(own),
        others,
        fields: Vec::new(),
    }))
}
