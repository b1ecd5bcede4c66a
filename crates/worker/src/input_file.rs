//! Files of Storage as inputs of a run: signed URLs, manifest and place.

use std::collections::BTreeMap;
use std::time::Duration;

use keboola::component::{file_input_path, file_manifest};
use keboola::{Federation, Storage, StorageFile};
use messages::worker::{DescribeFile, RunInput};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::keboola_problem::problem;
use crate::storage_token;

/// Where the inputs of an archive go, as the runner wants it named.
const ARCHIVE: &str = "in";

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
    let slices = if file.is_sliced {
        slices(&storage, &file).await?
    } else {
        Slices::whole(&file)?
    };
    let (path, manifest) = match call.unpack {
        true => (ARCHIVE.to_owned(), None),
        false => (file_input_path(&file), Some(file_manifest(&file))),
    };
    Ok(RunInput {
        path,
        cache_key: Some(format!("file-{}", file.id)),
        manifest,
        urls: slices.urls,
        headers: slices.headers,
        gzip: false,
        header: None,
        parts: file.is_sliced.then_some(slices.names),
        bytes: file.size_bytes,
        unpack: call.unpack,
    })
}

/// What a file's bytes are fetched from, in order, with all permission that it takes.
#[derive(Default)]
pub(crate) struct Slices {
    /// Signed, or opened by `headers`.
    pub(crate) urls: Vec<String>,
    /// The last part of each slice's key.
    pub(crate) names: Vec<String>,
    /// Sent with each request: Google's slices are opened by a bearer token (reference keboola
    /// §3.3).
    pub(crate) headers: BTreeMap<String, String>,
}

impl Slices {
    /// A file that is one object, by its signed URL.
    pub(crate) fn whole(file: &StorageFile) -> Result<Self, Problem> {
        let detail = || format!("file {} has no URL", file.id);
        let url = file.url.clone();
        let url = url.ok_or_else(|| Problem::with(ProblemCode::StorageRefused, detail()))?;
        Ok(Self {
            urls: vec![url],
            ..Self::default()
        })
    }
}

/// The slices of a sliced file.
pub(crate) async fn slices(
    storage: &Storage<'_, Fetch>,
    file: &StorageFile,
) -> Result<Slices, Problem> {
    let doing = format!("read the slices of file {}", file.id);
    let Some(access) = &file.access else {
        return Err(Problem::with(ProblemCode::ProviderUnsupported, doing));
    };
    let found = storage
        .read_slices(file)
        .await
        .map_err(|error| problem(error, &doing))?;
    let now = Duration::from_millis(clock::unix_ms());
    let mut slices = Slices::default();
    for slice in &found {
        let get = access
            .sign_slice(slice, now)
            .map_err(|error| Problem::with(ProblemCode::StorageRefused, error.to_string()))?;
        slices.urls.push(get.url);
        slices.names.push(slice.name().to_owned());
        // One file, one permission: they are the same for all of its slices.
        slices.headers.extend(get.headers);
    }
    Ok(slices)
}
