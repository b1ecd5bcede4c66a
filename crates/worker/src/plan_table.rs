//! Planning one input table: its export, its manifest, and when it counts as unchanged.

use keboola::component::table_manifest;
use keboola::mapping::TableInput;
use keboola::{ExportRequest, KeboolaError, Storage, Table};
use messages::worker::PlannedTable;
use messages::{ConfigurationUrl, Problem, ProblemCode};
use sha2::{Digest, Sha256};
use webext::fetch::Fetch;

use crate::keboola_problem::problem;

/// Plans one input table.
pub(crate) async fn plan_table(
    storage: &Storage<'_, Fetch>,
    url: &ConfigurationUrl,
    input: &TableInput,
) -> Result<PlannedTable, Problem> {
    let table = storage
        .read_table(&input.source)
        .await
        .map_err(|error| match error {
            KeboolaError::NotFound { .. } => {
                Problem::with(ProblemCode::InputTableMissing, input.source.clone())
            }
            // A bucket that the token may not read answers so (reference keboola §2.2).
            other => problem(other, &format!("read table {}", input.source)),
        })?;
    if let Some(missing) = input
        .columns
        .iter()
        .find(|column| !table.columns.contains(column))
    {
        let detail = format!("{} has no column \"{missing}\".", input.source);
        return Err(Problem::with(ProblemCode::MappingInvalid, detail));
    }
    let request = input.export_request(&table);
    let export = serde_json::to_string(&request)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the export could not be written"))?;
    Ok(PlannedTable {
        cache_key: cache_key(url, &table, &request, &export),
        path: input.path(),
        manifest: table_manifest(&table, &request.columns),
        columns: request.columns,
        table: table.id,
        export,
    })
}

/// Equal for equal content. An alias tells nothing of its source's changes, and a relative time
/// means another thing at every run: those are never reused.
fn cache_key(
    url: &ConfigurationUrl,
    table: &Table,
    request: &ExportRequest,
    export: &str,
) -> Option<String> {
    let changed = table.last_change_date.as_deref()?;
    if table.is_alias || request.changed_since.is_some() {
        return None;
    }
    let imported = table.last_import_date.as_deref().unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&url.key(), table.id.as_str(), changed, imported, export] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(format!("table-{digest}"))
}
