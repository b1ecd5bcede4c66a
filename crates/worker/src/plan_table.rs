//! Planning one input table: its export, its manifest, and when it counts as unchanged.

use keboola::component::table_manifest;
use keboola::mapping::TableInput;
use keboola::{ExportRequest, KeboolaError, Table};
use messages::worker::PlannedTable;
use messages::{ConfigurationUrl, Problem, ProblemCode};
use sha2::{Digest, Sha256};

use crate::keboola_problem::problem;
use crate::run_facts::Tables;

/// Plans one input table by what was read of it.
pub(crate) fn plan_table(
    url: &ConfigurationUrl,
    input: &TableInput,
    tables: &Tables,
) -> Result<PlannedTable, Problem> {
    let table = match tables.get(&input.source) {
        Some(Ok(table)) => table,
        None | Some(Err(KeboolaError::NotFound { .. })) => {
            return Err(Problem::with(
                ProblemCode::InputTableMissing,
                input.source.clone(),
            ));
        }
        // A bucket that the token may not read answers so (reference keboola §2.2).
        Some(Err(other)) => {
            let doing = format!("read table {}", input.source);
            return Err(problem(other.clone(), &doing));
        }
    };
    if let Some(missing) = input
        .columns
        .iter()
        .find(|column| !table.columns.contains(column))
    {
        let detail = format!("{} has no column \"{missing}\".", input.source);
        return Err(Problem::with(ProblemCode::MappingInvalid, detail));
    }
    let request = input.export_request(table);
    let export = serde_json::to_string(&request)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the export could not be written"))?;
    Ok(PlannedTable {
        cache_key: cache_key(url, table, &request, &export),
        path: input.path(),
        manifest: table_manifest(table, &request.columns),
        columns: request.columns,
        table: table.id.clone(),
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
