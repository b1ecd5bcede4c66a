//! `POST files/prepare` (reference/keboola.md section 3.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::StorageError;
use super::parameters::{Commas, Parameters};
use crate::moment;
use crate::project::file::StoredFile;
use crate::s3::{BUCKET, Right, Scope};
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
    let file = StoredFile {
        id,
        key: StoredFile::key_for(caller.project, id, &name, permanent),
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
    let answer = prepared(&world, &file, &caller.host);
    caller.with(&world, |project| {
        project.files.push(file);
        Ok(())
    })?;
    Ok((StatusCode::CREATED, Json(answer)))
}

fn prepared(world: &World, file: &StoredFile, host: &str) -> Value {
    let scope = match file.is_sliced {
        true => Scope::Prefix(file.key.clone()),
        false => Scope::Key(file.key.clone()),
    };
    let right = Right::Write {
        encrypted: file.is_encrypted,
    };
    let credentials = world.objects.credentials().issue(right, scope);
    let mut upload = json!({
        "key": file.key,
        "bucket": BUCKET,
        "acl": "private",
        "credentials": credentials.to_json(),
    });
    if file.is_encrypted
        && let Some(fields) = upload.as_object_mut()
    {
        fields.insert("x-amz-server-side-encryption".to_owned(), json!("AES256"));
    }
    let mut answer = file.to_json(&world.objects, host);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("provider".to_owned(), json!("aws"));
        fields.insert("fileType".to_owned(), json!("other"));
        fields.insert("uploadParams".to_owned(), upload);
    }
    answer
}
