//! Preparing an upload: the file's entry in Storage and the permission to fill it.

use futures::future::join_all;
use keboola::upload::Upload;
use keboola::{FileName, PrepareFile, Storage};
use messages::worker::{AbandonUpload, FileToPrepare, PrepareUploads, PreparedUpload, RenewUpload};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::fetch::Fetch;

use crate::keboola_problem::problem;
use crate::refused_token::watched;
use crate::{cloud_hosts, storage_token};

/// Tag of every file that comes from this extension (features D2).
pub(crate) const TAG: &str = "kbc-e2b-writer";

/// Prepares files, each for itself.
///
/// # Errors
/// When nothing was asked of Storage.
pub(crate) async fn prepare(
    call: &PrepareUploads,
) -> Result<Vec<Result<PreparedUpload, Problem>>, Problem> {
    let stored = storage_token::stored(&call.configuration)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    // Before anything is prepared: an entry without bytes would be left behind.
    cloud_hosts::check(stored.provider.as_deref()).await?;
    let branch = call.configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &call.configuration.stack, branch, &stored.token);
    let each = call.files.iter().map(|file| {
        let prepared = prepare_one(&storage, &call.configuration, file);
        watched(&call.configuration, prepared)
    });
    Ok(join_all(each).await)
}

async fn prepare_one(
    storage: &Storage<'_, Fetch>,
    configuration: &ConfigurationUrl,
    file: &FileToPrepare,
) -> Result<PreparedUpload, Problem> {
    let name = FileName::parse(&file.name)
        .map_err(|error| Problem::with(ProblemCode::FileNameInvalid, error.to_string()))?;
    let file = PrepareFile {
        name: &name,
        bytes: file.bytes,
        content_type: &file.content_type,
        tags: &tags(configuration, &file.tags),
    };
    let prepared = storage
        .prepare_file(&file)
        .await
        .map_err(|error| problem(error, "prepare the file"))?;
    Ok(PreparedUpload {
        file: prepared.id,
        target: prepared.upload,
        tags: prepared.tags,
    })
}

/// New credentials for an upload that goes on.
pub(crate) async fn renew(call: &RenewUpload) -> Result<Upload, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let branch = call.configuration.branch.as_deref();
    Storage::new(&Fetch, &call.configuration.stack, branch, &token)
        .refresh_file(call.file)
        .await
        .map_err(|error| problem(error, "renew the upload's credentials"))
}

/// Deletes a prepared file that got no bytes.
pub(crate) async fn abandon(call: &AbandonUpload) -> Result<(), Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let branch = call.configuration.branch.as_deref();
    Storage::new(&Fetch, &call.configuration.stack, branch, &token)
        .delete_file(call.file)
        .await
        .map_err(|error| problem(error, "delete the unfinished file"))
}

/// Ours, the configuration's id, then the user's own; each once.
fn tags(configuration: &ConfigurationUrl, own: &[String]) -> Vec<String> {
    let mut tags = vec![TAG.to_owned(), configuration.configuration.clone()];
    for tag in own
        .iter()
        .map(|tag| tag.trim())
        .filter(|tag| !tag.is_empty())
    {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}
