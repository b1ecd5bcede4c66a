//! The archives of a debug job (reference/keboola.md section 6): the data folder as it is, its secrets
//! redacted.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::output_files::{NewFile, keep};
use super::secrets::redacted;
use super::{Failure, Work};

/// Files whose secrets are redacted.
const WITH_SECRETS: [&str; 3] = ["config.json", "in/state.json", "out/state.json"];

/// Packs the folder as it is now, and stores it as a file of the project.
pub(super) async fn store(work: &Work<'_>, data: &Path, name: &str) -> Result<(), Failure> {
    let data = data.to_owned();
    let broken = |error: &dyn std::fmt::Display| Failure::Broken(error.to_string());
    let packed = tokio::task::spawn_blocking(move || packed(&data)).await;
    let bytes = packed
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))?;
    let tags = [
        "debug".to_owned(),
        work.task.component.clone(),
        format!("jobId:{}", work.task.id),
        "rowId:".to_owned(),
    ];
    let file = NewFile {
        name: name.to_owned(),
        bytes,
        tags: tags.to_vec(),
        is_permanent: false,
        is_public: false,
        is_encrypted: true,
    };
    keep(work, file).await
}

fn packed(data: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for path in below(data)? {
        let name = path.strip_prefix(data)?.to_string_lossy().into_owned();
        if path.is_dir() {
            archive.add_directory(name, options)?;
            continue;
        }
        let mut content = fs::read(&path)?;
        if WITH_SECRETS.contains(&name.as_str())
            && let Ok(value) = serde_json::from_slice::<Value>(&content)
        {
            content = redacted(value).to_string().into_bytes();
        }
        archive.start_file(name, options)?;
        archive.write_all(&content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// All files and folders below a folder, each after the one that it is in. What is neither, a link
/// among them, stays out.
fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_file() || kind.is_dir() {
            all.push(entry.path());
        }
        if kind.is_dir() {
            all.extend(below(&entry.path())?);
        }
    }
    Ok(all)
}
