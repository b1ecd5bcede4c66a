//! An input table of the mapping, and the export that it asks for (reference §7.3, §7.1).

use serde_json::Value;

use super::error::{MappingError, MappingRule};
use super::options::Options;
use super::state::InputState;
use crate::export_table::{ExportRequest, WhereFilter, WhereOperator};
use crate::read_table::Table;

const KNOWN: &[&str] = &[
    "source",
    "source_branch_id",
    "source_search",
    "destination",
    "days",
    "changed_since",
    "columns",
    "column_types",
    "where_column",
    "where_values",
    "where_operator",
    "limit",
    "overwrite",
    "use_view",
    "load_type",
    "keep_internal_timestamp_column",
    "file_type",
];

/// A table that a run gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInput {
    /// The table's id.
    pub source: String,
    /// The branch to read it from, when it is another than the run's.
    pub source_branch: Option<String>,
    /// Its name on disk, when it is another than the id.
    pub destination: Option<String>,
    /// The columns wanted, in their order; empty is all.
    pub columns: Vec<String>,
    /// Rows changed since, as the export takes it.
    pub changed_since: Option<String>,
    /// The filter.
    pub filter: Option<WhereFilter>,
    /// Largest number of rows.
    pub limit: Option<u64>,
}

impl TableInput {
    pub(super) fn parse(
        value: &Value,
        place: String,
        state: &InputState,
    ) -> Result<Self, MappingError> {
        let options = Options::read(value, place, KNOWN)?;
        let rule = |rule| MappingError::Rule {
            place: options.place().to_owned(),
            rule,
        };
        let source = match options.text("source")? {
            Some(source) => source,
            None if options.value("source_search").is_some() => {
                return Err(rule(MappingRule::SourceSearch));
            }
            None => return Err(rule(MappingRule::NoSource)),
        };
        let destination = options.text("destination")?;
        let on_disk = destination.as_deref().unwrap_or(&source);
        if leaves_folder(on_disk) {
            return Err(rule(MappingRule::Destination(on_disk.to_owned())));
        }
        if let Some(other) = options.text("file_type")?.filter(|kind| kind != "csv") {
            return Err(rule(MappingRule::FileType(other)));
        }
        Ok(Self {
            changed_since: changed_since(&options, &source, state)?,
            source_branch: options.text("source_branch_id")?,
            columns: columns(&options)?,
            filter: filter(&options)?,
            limit: options.number("limit")?,
            source,
            destination,
        })
    }

    /// Place below `/data`: the destination exactly as written, or the table's id.
    #[must_use]
    pub fn path(&self) -> String {
        let name = self.destination.as_deref().unwrap_or(&self.source);
        format!("in/tables/{name}")
    }

    /// The export that fills the input. Columns are always named: a sliced result has no header,
    /// and the one that is written before it must be in its order.
    #[must_use]
    pub fn export_request(&self, table: &Table) -> ExportRequest {
        let columns = match self.columns.as_slice() {
            [] => table.columns.clone(),
            wanted => wanted.to_vec(),
        };
        ExportRequest {
            columns,
            limit: self.limit,
            changed_since: self.changed_since.clone(),
            where_filters: self.filter.iter().cloned().collect(),
        }
    }
}

/// `-7 days` from `days`; the state's date for `adaptive`, which is everything on the first run.
fn changed_since(
    options: &Options<'_>,
    source: &str,
    state: &InputState,
) -> Result<Option<String>, MappingError> {
    let days = options.number("days")?.filter(|days| *days > 0);
    match (options.text("changed_since")?, days) {
        (Some(_), Some(_)) => Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::DaysAndChangedSince,
        }),
        (Some(since), None) if since == "adaptive" => Ok(state.last_import_of(source)),
        (Some(since), None) => Ok(Some(since)),
        (None, Some(days)) => Ok(Some(format!("-{days} days"))),
        (None, None) => Ok(None),
    }
}

/// `columns`, or the sources of `column_types`, which must list the same when both are there.
fn columns(options: &Options<'_>) -> Result<Vec<String>, MappingError> {
    let columns = options.texts("columns")?;
    let mut typed = Vec::new();
    for value in options.list("column_types")? {
        let source = value.get("source").and_then(Value::as_str);
        let source = source.ok_or_else(|| options.kind("column_types", "a list with sources"))?;
        typed.push(source.to_owned());
    }
    if columns.is_empty() || typed.is_empty() {
        return Ok(if typed.is_empty() { columns } else { typed });
    }
    let lacks =
        |list: &[String], other: &[String]| list.iter().find(|name| !other.contains(name)).cloned();
    match lacks(&columns, &typed).or_else(|| lacks(&typed, &columns)) {
        None => Ok(typed),
        Some(surplus) => Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::ColumnsDiffer(surplus),
        }),
    }
}

fn filter(options: &Options<'_>) -> Result<Option<WhereFilter>, MappingError> {
    let broken = |rule| MappingError::Rule {
        place: options.place().to_owned(),
        rule,
    };
    let operator = match options.text("where_operator")?.as_deref() {
        None | Some("eq") => WhereOperator::Eq,
        Some("ne") => WhereOperator::Ne,
        Some(other) => return Err(broken(MappingRule::WhereOperator(other.to_owned()))),
    };
    let values = options.texts("where_values")?;
    let column = options.text("where_column")?;
    // The page saves an unused filter as an empty column and no values.
    let named = column
        .as_deref()
        .is_some_and(|column| !column.trim().is_empty());
    if options.value("where_column").is_none() || (!named && values.is_empty()) {
        return Ok(None);
    }
    let column = column
        .filter(|column| !column.trim().is_empty())
        .ok_or_else(|| broken(MappingRule::WhereColumnEmpty))?;
    if values.is_empty() {
        return Err(broken(MappingRule::WhereValuesMissing));
    }
    Ok(Some(WhereFilter {
        column,
        operator,
        values,
    }))
}

fn leaves_folder(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "" | "." | "..") || part.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn parse(value: &Value) -> Result<TableInput, MappingError> {
        let state = json!({"storage": {"input": {"tables": [
            {"source": "in.c-main.zoo", "lastImportDate": "2026-03-01T10:00:00+0100"},
        ]}}});
        let state = state.as_object().cloned().unwrap_or_else(Map::new);
        TableInput::parse(
            value,
            "storage.input.tables[0]".to_owned(),
            &InputState::of(&state),
        )
    }

    fn table() -> Table {
        let table = json!({"id": "in.c-main.zoo", "name": "zoo", "columns": ["id", "name", "age"]});
        serde_json::from_value(table).unwrap()
    }

    #[test]
    fn the_export_that_each_option_asks_for() {
        let all = json!(["id", "name", "age"]);
        for (options, export) in [
            (json!({}), json!({"columns": all})),
            (
                json!({"columns": [], "column_types": [], "limit": null}),
                json!({"columns": all}),
            ),
            (
                json!({"columns": ["age", "id"]}),
                json!({"columns": ["age", "id"]}),
            ),
            (
                json!({"column_types": [{"source": "name", "type": "VARCHAR"}, {"source": "id"}]}),
                json!({"columns": ["name", "id"]}),
            ),
            (
                json!({"columns": ["id", "name"], "column_types": [{"source": "name"}, {"source": "id"}]}),
                json!({"columns": ["name", "id"]}),
            ),
            (json!({"limit": 10}), json!({"columns": all, "limit": 10})),
            (
                json!({"days": 7}),
                json!({"columns": all, "changedSince": "-7 days"}),
            ),
            (
                json!({"days": 0, "changed_since": ""}),
                json!({"columns": all}),
            ),
            (
                json!({"changed_since": "-2 hours"}),
                json!({"columns": all, "changedSince": "-2 hours"}),
            ),
            (
                json!({"changed_since": "adaptive"}),
                json!({"columns": all, "changedSince": "2026-03-01T10:00:00+0100"}),
            ),
            (
                json!({"where_column": "name", "where_values": ["a", 5, true], "where_operator": "ne"}),
                json!({"columns": all, "whereFilters": [
                    {"column": "name", "operator": "ne", "values": ["a", "5", "1"]}
                ]}),
            ),
            (
                json!({"where_column": "id", "where_values": [""], "where_operator": ""}),
                json!({"columns": all, "whereFilters": [
                    {"column": "id", "operator": "eq", "values": [""]}
                ]}),
            ),
            (
                json!({"where_values": ["a"], "overwrite": false, "use_view": true}),
                json!({"columns": all}),
            ),
        ] {
            let mut value = json!({"source": "in.c-main.zoo"});
            value
                .as_object_mut()
                .unwrap()
                .extend(options.as_object().unwrap().clone());
            let input = parse(&value).unwrap_or_else(|error| panic!("{options}: {error}"));
            let request = input.export_request(&table());
            let written = serde_json::to_value(&request).unwrap();
            assert_eq!(written, export, "{options}");
            assert_eq!(
                serde_json::from_value::<ExportRequest>(written).unwrap(),
                request
            );
        }
    }

    #[test]
    fn adaptive_without_a_state_is_everything() {
        let value = json!({"source": "in.c-main.new", "changed_since": "adaptive"});
        assert_eq!(parse(&value).unwrap().changed_since, None);
    }

    #[test]
    fn the_name_on_disk_is_the_destination_as_written() {
        for (destination, path) in [
            (json!("zoo.csv"), "in/tables/zoo.csv"),
            (json!("zoo"), "in/tables/zoo"),
            (json!("sub/zoo 1.csv"), "in/tables/sub/zoo 1.csv"),
            (json!("..zoo"), "in/tables/..zoo"),
            (json!(""), "in/tables/in.c-main.zoo"),
            (json!(null), "in/tables/in.c-main.zoo"),
        ] {
            let value = json!({"source": "in.c-main.zoo", "destination": destination});
            assert_eq!(parse(&value).unwrap().path(), path);
        }
    }

    #[test]
    fn what_a_job_refuses() {
        for (options, rule) in [
            (json!({"source": ""}), MappingRule::NoSource),
            (
                json!({"source": null, "source_search": {"key": "a", "value": "b"}}),
                MappingRule::SourceSearch,
            ),
            (
                json!({"days": 7, "changed_since": "-1 day"}),
                MappingRule::DaysAndChangedSince,
            ),
            (
                json!({"where_column": " ", "where_values": ["a"]}),
                MappingRule::WhereColumnEmpty,
            ),
            (
                json!({"where_column": "", "where_values": ["a"]}),
                MappingRule::WhereColumnEmpty,
            ),
            (
                json!({"where_column": "a"}),
                MappingRule::WhereValuesMissing,
            ),
            (
                json!({"where_column": "a", "where_values": []}),
                MappingRule::WhereValuesMissing,
            ),
            (
                json!({"where_operator": "gt"}),
                MappingRule::WhereOperator("gt".to_owned()),
            ),
            (
                json!({"columns": ["a", "b"], "column_types": [{"source": "a"}]}),
                MappingRule::ColumnsDiffer("b".to_owned()),
            ),
            (
                json!({"columns": ["a"], "column_types": [{"source": "a"}, {"source": "c"}]}),
                MappingRule::ColumnsDiffer("c".to_owned()),
            ),
            (
                json!({"file_type": "parquet"}),
                MappingRule::FileType("parquet".to_owned()),
            ),
            (
                json!({"destination": "../x"}),
                MappingRule::Destination("../x".to_owned()),
            ),
            (
                json!({"destination": "/x"}),
                MappingRule::Destination("/x".to_owned()),
            ),
            (
                json!({"destination": "a/./x"}),
                MappingRule::Destination("a/./x".to_owned()),
            ),
            (
                json!({"destination": "a\nb"}),
                MappingRule::Destination("a\nb".to_owned()),
            ),
        ] {
            let mut value = json!({"source": "in.c-main.zoo"});
            value
                .as_object_mut()
                .unwrap()
                .extend(options.as_object().unwrap().clone());
            let place = "storage.input.tables[0]".to_owned();
            assert_eq!(
                parse(&value),
                Err(MappingError::Rule { place, rule }),
                "{options}"
            );
        }
    }

    #[test]
    fn what_is_of_another_kind_or_not_known_names_its_place() {
        for (value, error) in [
            (json!([]), "storage.input.tables[0] is not an object"),
            (
                json!({"source": "t", "limit": "ten"}),
                "storage.input.tables[0].limit is not a whole number, not negative",
            ),
            (
                json!({"source": "t", "limit": -1}),
                "storage.input.tables[0].limit is not a whole number, not negative",
            ),
            (
                json!({"source": "t", "columns": "a"}),
                "storage.input.tables[0].columns is not a list",
            ),
            (
                json!({"source": "t", "columns": [["a"]]}),
                "storage.input.tables[0].columns is not a list of texts",
            ),
            (
                json!({"source": {}}),
                "storage.input.tables[0].source is not a text",
            ),
            (
                json!({"source": "t", "column_types": ["a"]}),
                "storage.input.tables[0].column_types is not a list with sources",
            ),
            (
                json!({"source": "t", "colums": ["a"]}),
                "storage.input.tables[0] has the option \"colums\", which a job does not know",
            ),
        ] {
            assert_eq!(parse(&value).unwrap_err().to_string(), error);
        }
    }
}
