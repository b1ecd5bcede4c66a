//! `POST files/prepare` (reference/keboola.md section 3.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::parameters::{Commas, Parameters};
use crate::file_storage::FileStorage;
use crate::moment;
use crate::project::file::StoredFile;
use crate::world::World;

const CODE: &str = "storage.files.validation";

/// Makes the file resource, and credentials that write its bytes and nothing else.
pub(super) async fn prepare(
    State(world): State<Arc<World>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let name = parameters
        .text("name")?
        .filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| StorageError::invalid(CODE, "\"name\" must be set."))?;
    if !parameters.flag("federationToken")? {
        let text = "\"federationToken\" must be true: signed form uploads are no longer supported.";
        return Err(StorageError::invalid(CODE, text));
    }
    let permanent = parameters.flag("isPermanent")?;
    let id = world.next_id();
    let storage = world.files(caller.provider);
    let file = StoredFile {
        id,
        provider: caller.provider,
        key: storage.key(caller.project, id, &name, permanent),
        name,
        created: moment::now(),
        is_sliced: parameters.flag("isSliced")?,
        is_encrypted: parameters.flag("isEncrypted")?,
        is_permanent: permanent,
        is_public: parameters.flag("isPublic")?,
        size_bytes: parameters.number("sizeBytes")?,
        tags: parameters.texts("tags", Commas::Belong)?,
        run_id: caller.run_id.clone(),
        creator: caller.token.id,
        creator_token: caller.token.as_creator(),
    };
    storage.open(&file.key).await?;
    let answer = prepared(storage, &file, &caller.host);
    caller.with(&world, |project| {
        project.files.push(file);
        Ok(())
    })?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The resource, with new credentials that write its object.
pub(super) fn prepared(storage: &dyn FileStorage, file: &StoredFile, host: &str) -> Value {
    let (name, block) = storage.upload_block(file.object());
    let mut answer = file.to_json(storage, host);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("fileType".to_owned(), json!("other"));
        fields.insert(name.to_owned(), block);
    }
    answer
}
