//! Preparing an upload: the file's entry in Storage and the one signed request that fills it.

use std::time::Duration;

use keboola::{FileName, MAX_FILE_BYTES, PrepareFile, Storage, Upload};
use messages::worker::{AbandonUpload, PrepareUpload, PreparedUpload, SignedPut};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::cloud_hosts::CloudHosts;
use crate::keboola_problem::problem;
use crate::storage_token;

/// Tag of every file that comes from this extension (features D2).
const TAG: &str = "kbc-e2b-writer";

/// Prepares the file and signs its PUT.
pub(crate) async fn prepare(call: &PrepareUpload) -> Result<PreparedUpload, Problem> {
    let name = FileName::parse(&call.name)
        .map_err(|error| Problem::with(ProblemCode::FileNameInvalid, error.to_string()))?;
    if call.bytes > MAX_FILE_BYTES {
        let detail = format!("{} has {} bytes.", call.name, call.bytes);
        return Err(Problem::with(ProblemCode::FileTooLarge, detail));
    }
    let sha256 = digest(&call.sha256)?;
    let stored = storage_token::stored(&call.configuration)
        .await?
        .ok_or(ProblemCode::TokenMissing)?;
    // Before anything is prepared: an entry without bytes would be left behind.
    CloudHosts::allowed()
        .await
        .check(stored.provider.as_deref())?;
    let branch = call.configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &call.configuration.stack, branch, &stored.token);
    let file = PrepareFile {
        name: &name,
        bytes: call.bytes,
        content_type: &call.content_type,
        tags: &tags(&call.configuration, &call.tags),
    };
    let prepared = storage
        .prepare_file(&file)
        .await
        .map_err(|error| problem(error, "prepare the file"))?;
    match &prepared.upload {
        Upload::S3(upload) => {
            let now = Duration::from_millis(clock::unix_ms());
            let put = upload.sign_put(now, &call.content_type, Some(&sha256));
            let put = SignedPut {
                url: put.url,
                headers: put.headers,
            };
            Ok(PreparedUpload {
                file: prepared.id,
                put,
                tags: prepared.tags,
            })
        }
        other @ (Upload::Azure | Upload::Gcs) => {
            // Nothing can be sent there yet, so the entry must not stay.
            let _ = storage.delete_file(prepared.id).await;
            Err(Problem::with(
                ProblemCode::ProviderUnsupported,
                format!("{other:?}"),
            ))
        }
    }
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

fn digest(hex: &str) -> Result<[u8; 32], Problem> {
    let bad = || Problem::with(ProblemCode::Internal, "the checksum is not SHA-256 in hex");
    let mut digest = [0_u8; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return Err(bad());
    }
    for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
    }
    Ok(digest)
}
