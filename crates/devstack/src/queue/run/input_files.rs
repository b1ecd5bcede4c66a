//! Files of the input mapping with their manifests (reference/keboola.md sections 7.3 and 8.4).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Failure, Work, text, texts};
use crate::moment;
use crate::project::event::EventKind;
use crate::project::file::StoredFile;
use crate::storage::{FileQuery, file_pieces};

/// Files that a mapping takes when it does not say how many.
const MOST: u64 = 100;

/// Lays out all of them.
pub(super) async fn lay_out(work: &Work<'_>, folder: &Path) -> Result<(), Failure> {
    for mapping in work.mapping("input", "files") {
        for file in chosen(work, mapping)? {
            write(work, folder, &file).await?;
        }
    }
    Ok(())
}

/// The files of a mapping, the newest first. A development branch takes its own, or those of production
/// when it has none.
fn chosen(work: &Work<'_>, mapping: &Value) -> Result<Vec<StoredFile>, Failure> {
    if let Some(branch) = work.branch {
        let own = find(work, mapping, Some(branch))?;
        if !own.is_empty() {
            return Ok(own);
        }
    }
    find(work, mapping, None)
}

fn find(work: &Work<'_>, mapping: &Value, branch: Option<u64>) -> Result<Vec<StoredFile>, Failure> {
    let ids = mapping.get("file_ids").and_then(Value::as_array);
    let ids: Vec<String> = (ids.into_iter().flatten())
        .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
        .collect();
    let query = query(mapping, branch)?;
    if ids.is_empty() && query.is_empty() {
        return Err(Failure::user(
            "Invalid file mapping, none of \"tags\", \"query\", \"file_ids\" or \"source.tags\" is \
             set.",
        ));
    }
    let limit = mapping.get("limit").and_then(Value::as_u64).unwrap_or(MOST);
    let caller = &work.caller.storage;
    let found = caller.with(work.world, |project| {
        let query = match query.is_empty() {
            true => FileQuery::default(),
            false => FileQuery::parse(&query)?,
        };
        let is_wanted = |file: &&StoredFile| {
            let is_named = ids.is_empty() || ids.contains(&file.id.to_string());
            let is_readable = caller.token.reads_all_files() || file.creator == caller.token.id;
            is_named && is_readable && query.matches(file)
        };
        let newest = project.files.iter().rev().filter(is_wanted);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(newest.take(limit).cloned().collect::<Vec<_>>())
    })?;
    let is_found = |id: &&String| found.iter().any(|file| file.id.to_string() == **id);
    match ids.iter().find(|id| !is_found(id)) {
        Some(id) => Err(Failure::User(format!("File with id \"{id}\" not found."))),
        None => Ok(found),
    }
}

/// A mapping as a query; empty for one by ids.
fn query(mapping: &Value, branch: Option<u64>) -> Result<String, Failure> {
    let tag = |tag: &str| match branch {
        Some(branch) => format!("tags:\"{branch}-{tag}\""),
        None => format!("tags:\"{tag}\""),
    };
    let mut terms: Vec<String> = texts(mapping, "tags").iter().map(|it| tag(it)).collect();
    let sources = mapping.get("source").and_then(|it| it.get("tags"));
    for source in sources.and_then(Value::as_array).into_iter().flatten() {
        let name = tag(text(source, "name").unwrap_or_default());
        terms.push(match text(source, "match") {
            Some("exclude") => format!("NOT {name}"),
            _ => name,
        });
    }
    terms.extend(text(mapping, "query").map(str::to_owned));
    if let Some(since) = text(mapping, "changed_since") {
        let wrong = || Failure::User(format!("The dev stack does not know since \"{since}\"."));
        let since = moment::parse(since, moment::now()).ok_or_else(wrong)?;
        terms.push(format!("created:[\"{}\" TO *]", moment::php(since)));
    }
    Ok(terms.join(" AND "))
}

async fn write(work: &Work<'_>, folder: &Path, file: &StoredFile) -> Result<(), Failure> {
    // The real runner writes names as they are; a folder in one would lead elsewhere.
    let name = format!("{}_{}", file.id, file.name.replace('/', "_"));
    let path = folder.join("in/files").join(&name);
    let storage = work.world.files(file.provider);
    let pieces = file_pieces(storage, file).await.map_err(|error| {
        Failure::User(format!("Failed to download file {name}: {}", error.message))
    })?;
    match file.is_sliced {
        true => {
            fs::create_dir_all(&path)?;
            for (suffix, bytes) in pieces {
                let name = suffix.trim_start_matches('/').replace('/', "_");
                fs::write(path.join(name), bytes)?;
            }
        }
        false => {
            let bytes: Vec<u8> = pieces.into_iter().flat_map(|(_, bytes)| bytes).collect();
            fs::write(&path, bytes)?;
        }
    }
    let manifest = json!({
        "id": file.id, "name": file.name, "created": moment::php(file.created),
        "is_public": file.is_public, "is_encrypted": file.is_encrypted,
        "is_sliced": file.is_sliced, "tags": file.tags,
        "max_age_days": (!file.is_permanent).then_some(15), "size_bytes": file.size_bytes,
    });
    fs::write(
        folder.join(format!("in/files/{name}.manifest")),
        manifest.to_string(),
    )?;
    work.tell(EventKind::Info, &format!("Fetched file \"{name}\"."));
    Ok(())
}
