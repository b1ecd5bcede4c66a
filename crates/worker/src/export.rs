//! Exports of input tables: starting one, and describing its result for the runner.

use keboola::{Export, ExportRequest, Federation, Storage};
use messages::worker::{
    ExportStarted, ExportState, PlannedTable, ReadExport, RunInput, StartExport,
};
use messages::{Problem, ProblemCode};
use webext::fetch::Fetch;

use crate::input_file::{Slices, slices};
use crate::keboola_problem::problem;
use crate::storage_token;

/// Starts the export.
pub(crate) async fn start(call: &StartExport) -> Result<ExportStarted, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let branch = call.configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &call.configuration.stack, branch, &token);
    let request: ExportRequest = serde_json::from_str(&call.table.export).map_err(|_| {
        Problem::with(
            ProblemCode::Internal,
            "the export request was not read back",
        )
    })?;
    let job = storage
        .start_export(&call.table.table, &request)
        .await
        .map_err(|error| problem(error, &doing(&call.table)))?;
    Ok(ExportStarted { job })
}

/// Where the export stands; once it is ready, how to fetch it.
pub(crate) async fn read(call: &ReadExport) -> Result<ExportState, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let branch = call.configuration.branch.as_deref();
    let storage = Storage::new(&Fetch, &call.configuration.stack, branch, &token);
    let failed = |error| problem(error, &doing(&call.table));
    let file = match storage.read_export(&call.job).await.map_err(failed)? {
        Export::Working => return Ok(ExportState::Working),
        Export::Failed { message, .. } => {
            let detail = format!("{}: {message}", call.table.table);
            return Err(Problem::with(ProblemCode::ExportFailed, detail));
        }
        Export::Ready { file } => file,
    };
    let file = storage
        .read_file(file, Federation::Credentials)
        .await
        .map_err(failed)?;
    let slices = if file.is_sliced {
        slices(&storage, &file).await?
    } else {
        Slices::whole(&file)?
    };
    Ok(ExportState::Ready(RunInput {
        path: call.table.path.clone(),
        // An export without slices is its header alone: there is nothing to keep.
        cache_key: call
            .table
            .cache_key
            .clone()
            .filter(|_| !slices.urls.is_empty()),
        manifest: Some(call.table.manifest.clone()),
        urls: slices.urls,
        headers: slices.headers,
        gzip: true,
        // Slices come without a header line, a whole file has one (reference keboola §7.1).
        header: file.is_sliced.then(|| csv_header(&call.table.columns)),
        parts: None,
        unpack: false,
        bytes: file.size_bytes,
    }))
}

/// The header line as Storage itself writes it: every name in quotes.
fn csv_header(columns: &[String]) -> String {
    let quoted: Vec<String> = columns
        .iter()
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    format!("{}\n", quoted.join(","))
}

fn doing(table: &PlannedTable) -> String {
    format!("export {}", table.table)
}
