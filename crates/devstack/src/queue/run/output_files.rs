//! Files that a script left (reference/keboola.md section 7.3): every one in `out/files` is stored,
//! mapped or not.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Failure, Work, found, texts};
use crate::file_storage::StoreError;
use crate::moment;
use crate::project::event::EventKind;
use crate::project::file::StoredFile;

/// A file that is to be stored.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) tags: Vec<String>,
    pub(super) is_permanent: bool,
    pub(super) is_public: bool,
    pub(super) is_encrypted: bool,
}

/// Stores all of them. A mapping is in the place of the manifest.
pub(super) async fn store(work: &Work<'_>, data: &Path) -> Result<(), Failure> {
    let mappings = work.mapping("output", "files");
    for output in found::find(data, "files", mappings, "File not found: ")? {
        if output.is_folder {
            let text = format!("The dev stack stores no folder out/files/{}.", output.name);
            return Err(Failure::User(text));
        }
        let settings = Value::Object(output.mapping.unwrap_or(output.manifest));
        let is = |name: &str, otherwise: bool| match settings.get(name) {
            Some(Value::Bool(told)) => *told,
            _ => otherwise,
        };
        let file = NewFile {
            bytes: fs::read(&output.path)?,
            tags: tags(work, &settings),
            is_permanent: is("is_permanent", false),
            is_public: is("is_public", false),
            is_encrypted: is("is_encrypted", true),
            name: output.name,
        };
        work.tell(EventKind::Info, &format!("Stored file \"{}\".", file.name));
        keep(work, file).await?;
    }
    Ok(())
}

/// Those that are told, and the runner's own. A development branch marks them all.
fn tags(work: &Work<'_>, settings: &Value) -> Vec<String> {
    let mut tags = texts(settings, "tags");
    tags.push(format!("componentId: {}", work.task.component));
    if let Some(id) = &work.task.configuration {
        tags.push(format!("configurationId: {id}"));
    }
    if let Some(branch) = work.branch {
        tags.push(format!("branchId: {branch}"));
    }
    tags.push(format!("runId: {}", work.task.id));
    match work.branch {
        None => tags,
        Some(branch) => tags.iter().map(|tag| format!("{branch}-{tag}")).collect(),
    }
}

/// A new file of the project.
pub(super) async fn keep(work: &Work<'_>, new: NewFile) -> Result<(), Failure> {
    let broken = |error: StoreError| Failure::Broken(error.to_string());
    let caller = &work.caller.storage;
    let storage = work.world.files(caller.provider);
    let id = work.world.next_id();
    let key = storage.key(caller.project, id, &new.name, new.is_permanent);
    let size = new.bytes.len() as u64;
    storage.open(&key).await.map_err(broken)?;
    storage.put(&key, new.bytes).await.map_err(broken)?;
    let file = StoredFile {
        id,
        name: new.name,
        provider: caller.provider,
        key,
        created: moment::now(),
        is_sliced: false,
        is_encrypted: new.is_encrypted,
        is_permanent: new.is_permanent,
        is_public: new.is_public,
        size_bytes: Some(size),
        tags: new.tags,
        run_id: Some(work.task.id.to_string()),
        creator: caller.token.id,
        creator_token: caller.token.as_creator(),
    };
    caller.with(work.world, |project| {
        project.files.push(file);
        Ok(())
    })?;
    Ok(())
}
