//! What saving would change.

use keboola::page::CUSTOM_PYTHON;
use keboola::{Review, Storage, plaintext_secrets};
use messages::worker::{ReviewSave, SaveReview, VersionView, Wanted};
use messages::{ConfigurationUrl, Problem};
use webext::fetch::Fetch;

use super::intent::{Intent, intent};
use super::shown::{self, configuration_problem};
use crate::{context, storage_token};

/// Reads the configuration and tells what saving would make of it.
pub(crate) async fn review(call: &ReviewSave) -> Result<SaveReview, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let intent = intended(&storage, url, call.wanted).await?;
    let review = storage
        .review(
            CUSTOM_PYTHON,
            &url.configuration,
            &intent.base,
            &intent.edits,
        )
        .await
        .map_err(|error| configuration_problem(error, "read the configuration"))?;
    context::remember(url, &review.current.name, review.current.version).await;
    reviewed(&storage, url, &review, intent.base_version).await
}

/// What is wanted of a configuration as it is now.
pub(super) async fn intended(
    storage: &Storage<'_, Fetch>,
    url: &ConfigurationUrl,
    wanted: Wanted,
) -> Result<Intent, Problem> {
    let now = storage
        .read_configuration(CUSTOM_PYTHON, &url.configuration)
        .await
        .map_err(|error| configuration_problem(error, "read the configuration"))?;
    intent(url, wanted, &now.document).await
}

/// A review as the panel shows it.
pub(super) async fn reviewed(
    storage: &Storage<'_, Fetch>,
    url: &ConfigurationUrl,
    review: &Review,
    base_version: Option<u64>,
) -> Result<SaveReview, Problem> {
    let number = review.current.version;
    // Who changed it is good to know; without it the review is one all the same.
    let newest = storage
        .list_versions(CUSTOM_PYTHON, &url.configuration, (0, 1))
        .await
        .ok()
        .and_then(|all| all.into_iter().next())
        .filter(|it| it.number == number);
    let current = newest.map_or_else(
        || VersionView {
            version: number,
            at: None,
            by: None,
            description: None,
        },
        shown::version,
    );
    let merge = &review.merge;
    Ok(SaveReview {
        current,
        base_version: base_version.filter(|base| *base < number),
        changes: merge.changes.iter().map(shown::change).collect(),
        conflicts: merge.conflicts.iter().map(shown::conflict).collect(),
        encrypted: plaintext_secrets(&merge.changes),
    })
}
