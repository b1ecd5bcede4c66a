//! The archives of a debug job (reference/keboola.md section 6): the data folder, its secrets redacted.

use std::io::{Cursor, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::secrets::Secrets;
use super::{Failure, Work, data};
use crate::moment;
use crate::project::file::StoredFile;

/// Packs the folder as it is now, and stores it as a file of the project.
pub(super) async fn store(
    work: &Work<'_>,
    folder: &Path,
    name: &str,
    secrets: &Secrets,
) -> Result<(), Failure> {
    let config = data::config(work, &secrets.redacted).to_string();
    let bytes = packed(folder, &config).map_err(|error| Failure::Broken(error.to_string()))?;
    let tags = [
        "debug".to_owned(),
        work.task.component.clone(),
        format!("jobId:{}", work.task.id),
        "rowId:".to_owned(),
    ];
    keep(work, name, bytes, tags.to_vec(), false).await
}

/// A new file of the project.
pub(super) async fn keep(
    work: &Work<'_>,
    name: &str,
    bytes: Vec<u8>,
    tags: Vec<String>,
    is_permanent: bool,
) -> Result<(), Failure> {
    let broken = |error: crate::file_storage::StoreError| Failure::Broken(error.to_string());
    let caller = &work.caller.storage;
    let storage = work.world.files(caller.provider);
    let id = work.world.next_id();
    let key = storage.key(caller.project, id, name, is_permanent);
    let size = bytes.len() as u64;
    storage.open(&key).await.map_err(broken)?;
    storage.put(&key, bytes).await.map_err(broken)?;
    let file = StoredFile {
        id,
        name: name.to_owned(),
        provider: caller.provider,
        key,
        created: moment::now(),
        is_sliced: false,
        is_encrypted: true,
        is_permanent,
        is_public: false,
        size_bytes: Some(size),
        tags,
        run_id: Some(work.task.id.to_string()),
        creator: caller.token.id,
        creator_token: caller.token.as_creator(),
    };
    let kept = caller.with(work.world, |project| {
        project.files.push(file);
        Ok(())
    });
    kept.map_err(|error| Failure::Broken(error.into_parts().1))
}

fn packed(
    folder: &Path,
    config: &str,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
            if path.is_dir() {
                archive.add_directory(name, options)?;
                folders.push(path);
                continue;
            }
            archive.start_file(name.as_str(), options)?;
            match name.as_str() {
                "config.json" => archive.write_all(config.as_bytes())?,
                _ => archive.write_all(&std::fs::read(&path)?)?,
            }
        }
    }
    Ok(archive.finish()?.into_inner())
}
