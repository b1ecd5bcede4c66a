//! The bytes of a file that is to be loaded into a table: whole or sliced, packed or not
//! (reference/keboola.md sections 3.2 and 7.2).

use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::file_storage::FileStorage;
use crate::project::file::StoredFile;
use crate::project::job::JobError;

/// What a sliced file's manifest says.
#[derive(Debug, Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    url: String,
}

/// The file's slices, unpacked; one for a whole file.
pub(super) async fn slices(
    storage: &dyn FileStorage,
    file: &StoredFile,
) -> Result<Vec<Vec<u8>>, JobError> {
    let pieces = file_pieces(storage, file).await?;
    let unpack = |(suffix, bytes): (String, Vec<u8>)| {
        let is_named = suffix.ends_with(".gz");
        unpacked(bytes, if is_named { &suffix } else { &file.name })
    };
    pieces.into_iter().map(unpack).collect()
}

/// The objects of the file, each with what its key has beyond the file's own; one for a whole file.
pub(crate) async fn file_pieces(
    storage: &dyn FileStorage,
    file: &StoredFile,
) -> Result<Vec<(String, Vec<u8>)>, JobError> {
    if !file.is_sliced {
        let bytes = object(storage, &file.key, file.id).await?;
        return Ok(vec![(String::new(), bytes)]);
    }
    let manifest = object(storage, &file.url_key(), file.id).await?;
    let refuse = |text: String| JobError::new("csvImport.invalidManifest", text);
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| {
        refuse(format!(
            "The manifest of file {} is not one: {error}",
            file.id
        ))
    })?;
    let root = storage.address(&file.key);
    let mut pieces = Vec::new();
    for Entry { url } in manifest.entries {
        let suffix = url.strip_prefix(&root).ok_or_else(|| {
            refuse(format!(
                "The manifest of file {} names {url}, which is not a slice of it",
                file.id
            ))
        })?;
        let bytes = object(storage, &format!("{}{suffix}", file.key), file.id).await?;
        pieces.push((suffix.to_owned(), bytes));
    }
    Ok(pieces)
}

async fn object(storage: &dyn FileStorage, key: &str, id: u64) -> Result<Vec<u8>, JobError> {
    let found = storage
        .get(key)
        .await
        .map_err(|error| JobError::broken(&error))?;
    found.ok_or_else(|| {
        let text = format!("File {id} was not uploaded, or a part of it is missing.");
        JobError::new("storage.fileNotUploaded", text)
    })
}

/// Only what is named `.gz` is packed.
fn unpacked(bytes: Vec<u8>, name: &str) -> Result<Vec<u8>, JobError> {
    if !name.ends_with(".gz") {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text);
    read.map_err(|error| {
        let text = format!("{name} is not a gzip file, though it is named like one: {error}");
        JobError::new("csvImport.invalidSourceData", text)
    })?;
    Ok(text)
}
