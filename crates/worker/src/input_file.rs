//! Files of Storage as inputs of a run: signed URLs, manifest and place.

use std::collections::BTreeMap;
use std::time::Duration;

use keboola::component::{file_input_path, file_manifest};
use keboola::{Federation, ReadAccess, Storage, StorageFile};
use messages::worker::{DescribeFile, RunInput};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::keboola_problem::problem;
use crate::storage_token;

/// Describes a file for the runner.
pub(crate) async fn describe(call: &DescribeFile) -> Result<RunInput, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let branch = call.configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &call.configuration.stack, branch, &token);
    let doing = format!("read file {}", call.file);
    let file = storage
        .read_file(call.file, Federation::Credentials)
        .await
        .map_err(|error| problem(error, &doing))?;
    let (urls, parts) = if file.is_sliced {
        let slices = slices(&storage, &file).await?;
        let (urls, names) = slices
            .into_iter()
            .map(|slice| (slice.url, slice.name))
            .unzip();
        (urls, Some(names))
    } else {
        (vec![whole(&file)?], None)
    };
    Ok(RunInput {
        path: file_input_path(&file),
        cache_key: Some(format!("file-{}", file.id)),
        manifest: Some(file_manifest(&file)),
        urls,
        headers: BTreeMap::new(),
        gzip: false,
        header: None,
        parts,
        bytes: file.size_bytes,
    })
}

/// A slice that can be fetched without a credential.
pub(crate) struct SignedSlice {
    /// The last part of its key.
    pub(crate) name: String,
    /// Signed.
    pub(crate) url: String,
}

/// The slices of a sliced file, in order, each signed.
pub(crate) async fn slices(
    storage: &Storage<'_, Fetch>,
    file: &StorageFile,
) -> Result<Vec<SignedSlice>, Problem> {
    let doing = format!("read the slices of file {}", file.id);
    let Some(ReadAccess::S3(access)) = &file.access else {
        return Err(Problem::with(ProblemCode::ProviderUnsupported, doing));
    };
    let slices = storage
        .read_slices(file)
        .await
        .map_err(|error| problem(error, &doing))?;
    let now = Duration::from_millis(clock::unix_ms());
    slices
        .iter()
        .map(|slice| {
            let url = access
                .sign_slice(slice, now)
                .map_err(|error| Problem::with(ProblemCode::StorageRefused, error.to_string()))?
                .url;
            Ok(SignedSlice {
                name: slice.name().to_owned(),
                url,
            })
        })
        .collect()
}

/// The signed URL of a file that is one object.
pub(crate) fn whole(file: &StorageFile) -> Result<String, Problem> {
    let none = || {
        Problem::with(
            ProblemCode::StorageRefused,
            format!("file {} has no URL", file.id),
        )
    };
    file.url.clone().ok_or_else(none)
}
