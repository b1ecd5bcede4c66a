//! The files that were uploaded for a configuration earlier: found by their tags.

use keboola::{FileQuery, Storage, StorageFile};
use messages::worker::{
    DeleteStoredFile, DescribeFile, DetachFile, ListStoredFiles, OpenStoredFile, StoredContent,
    StoredFile, TagChecksum, checksum_of_tag, checksum_tag,
};
use messages::{Problem, ProblemCode};
use webext::fetch::Fetch;

use crate::keboola_problem::problem;
use crate::upload::TAG;
use crate::{cloud_hosts, input_file, settings, storage_token};

/// Files of one answer: Storage's own default.
const PAGE: u64 = 100;
/// How many answers are asked for: the newest thousand files.
const PAGES: u64 = 10;

/// Lists them, newest first.
pub(crate) async fn list(call: &ListStoredFiles) -> Result<Vec<StoredFile>, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let ours = [TAG, url.configuration.as_str()];
    let mut found = Vec::new();
    for page in 0..PAGES {
        let query = FileQuery {
            limit: Some(PAGE),
            offset: (page > 0).then_some(page * PAGE),
            ..FileQuery::tagged(&ours)
        };
        let some = storage
            .list_files(&query)
            .await
            .map_err(|error| problem(error, "list the files"))?;
        let is_last = (some.len() as u64) < PAGE;
        found.extend(some);
        if is_last {
            break;
        }
    }
    let attached = settings::attached(url).await?;
    // Filtered again here: what a search finds is no promise (reference keboola §3.3).
    let mut files: Vec<StoredFile> = found
        .into_iter()
        .filter(|file| ours.iter().all(|tag| file.tags.iter().any(|it| it == tag)))
        .map(|file| stored(file, &ours, &attached))
        .collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.id));
    // A file that was uploaded between two answers moves the others along.
    files.dedup_by_key(|file| file.id);
    Ok(files)
}

fn stored(file: StorageFile, ours: &[&str], attached: &[u64]) -> StoredFile {
    StoredFile {
        attached: attached.contains(&file.id),
        id: file.id,
        name: file.name,
        bytes: file.size_bytes,
        created: file.created,
        max_age_days: file.max_age_days,
        sha256: file
            .tags
            .iter()
            .find_map(|tag| checksum_of_tag(tag))
            .map(str::to_owned),
        tags: file
            .tags
            .into_iter()
            .filter(|tag| !ours.contains(&tag.as_str()) && checksum_of_tag(tag).is_none())
            .collect(),
    }
}

/// What a file's content is fetched from.
pub(crate) async fn open(call: &OpenStoredFile) -> Result<StoredContent, Problem> {
    let stored = storage_token::stored(&call.configuration)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    cloud_hosts::check(stored.provider.as_deref()).await?;
    let input = input_file::describe(&DescribeFile {
        configuration: call.configuration.clone(),
        file: call.file,
        unpack: false,
    })
    .await?;
    Ok(StoredContent {
        urls: input.urls,
        headers: input.headers,
        bytes: input.bytes,
    })
}

/// Adds the tag of a file's content.
pub(crate) async fn tag_checksum(call: &TagChecksum) -> Result<(), Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token)
        .tag_file(call.file, &checksum_tag(&call.sha256))
        .await
        .map_err(|error| problem(error, "tag the file with its checksum"))
}

/// Deletes one; runs no longer get it.
pub(crate) async fn delete(call: &DeleteStoredFile) -> Result<(), Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token)
        .delete_file(call.file)
        .await
        .map_err(|error| problem(error, "delete the file"))?;
    settings::detach(&DetachFile {
        configuration: url.clone(),
        file: call.file,
    })
    .await
}
