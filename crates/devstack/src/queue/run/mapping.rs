//! The mapping of a configuration (reference/keboola.md section 7.3): the runner refuses what it does
//! not know, and this stack what it does not do.

use serde_json::Value;

use super::Failure;

/// Options of a list of the mapping.
struct Options {
    side: &'static str,
    kind: &'static str,
    known: &'static [&'static str],
    /// Of those, what this stack does not do.
    undone: &'static [&'static str],
}

const ALL: [Options; 4] = [
    Options {
        side: "input",
        kind: "tables",
        known: &[
            "source",
            "destination",
            "columns",
            "column_types",
            "where_column",
            "where_values",
            "where_operator",
            "limit",
            "changed_since",
            "days",
            "overwrite",
            "use_view",
            "load_type",
            "keep_internal_timestamp_column",
            "source_branch_id",
            "source_search",
            "file_type",
        ],
        undone: &["days", "source_branch_id", "source_search"],
    },
    Options {
        side: "input",
        kind: "files",
        known: &[
            "tags",
            "source",
            "query",
            "changed_since",
            "limit",
            "file_ids",
            "overwrite",
            "processed_tags",
        ],
        undone: &["processed_tags"],
    },
    Options {
        side: "output",
        kind: "tables",
        known: &[
            "source",
            "destination",
            "incremental",
            "primary_key",
            "columns",
            "delete_where",
            "delete_where_column",
            "delete_where_values",
            "delete_where_operator",
            "delimiter",
            "enclosure",
            "metadata",
            "column_metadata",
            "distribution_key",
            "write_always",
            "tags",
            "schema",
            "has_header",
            "description",
            "table_metadata",
            "deduplication_strategy",
            "unload_strategy",
        ],
        undone: &["delete_where", "delete_where_column"],
    },
    Options {
        side: "output",
        kind: "files",
        known: &[
            "source",
            "tags",
            "is_permanent",
            "is_public",
            "is_encrypted",
            "notify",
        ],
        undone: &[],
    },
];

/// A list of the mapping; `side` is input or output, `kind` tables or files.
pub(super) fn list<'a>(configuration: &'a Value, side: &str, kind: &str) -> &'a [Value] {
    let storage = configuration.get("storage");
    let list = storage
        .and_then(|it| it.get(side))
        .and_then(|it| it.get(kind));
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Refuses what the runner would.
pub(super) fn check(configuration: &Value) -> Result<(), Failure> {
    for options in &ALL {
        for (index, mapping) in list(configuration, options.side, options.kind)
            .iter()
            .enumerate()
        {
            options.check(index, mapping).map_err(Failure::User)?;
        }
    }
    Ok(())
}

impl Options {
    fn check(&self, index: usize, mapping: &Value) -> Result<(), String> {
        let place = format!("storage.{}.{}.{index}", self.side, self.kind);
        let fields = mapping.as_object();
        let fields = fields.ok_or_else(|| format!("\"{place}\" must be an object."))?;
        for (name, value) in fields {
            if !self.known.contains(&name.as_str()) {
                return Err(format!("Unrecognized option \"{name}\" under \"{place}\"."));
            }
            if self.undone.contains(&name.as_str()) && !is_empty(value) {
                return Err(format!("The dev stack has no \"{name}\" (\"{place}\")."));
            }
        }
        let is_by_files = self.side == "input" && self.kind == "files";
        let source = fields.get("source").and_then(Value::as_str);
        if !is_by_files && source.is_none_or(str::is_empty) {
            return Err(format!(
                "The child config \"source\" under \"{place}\" must be configured."
            ));
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_u64() == Some(0),
        Value::Bool(true) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_option_that_the_runner_does_not_know_is_refused_by_its_place() {
        let good = json!({"storage": {
            "input": {"tables": [{"source": "in.c-a.b", "days": 0}], "files": [{"tags": ["x"]}]},
            "output": {"tables": [{"source": "a", "delete_where_column": ""}], "files": []},
        }});
        assert!(check(&good).is_ok());
        for (side, kind, mapping, told) in [
            (
                "input",
                "files",
                json!({"filter_by_run_id": true}),
                "Unrecognized option \"filter_by_run_id\" under \"storage.input.files.0\".",
            ),
            (
                "output",
                "tables",
                json!({"source": "a", "delete_where_column": "b"}),
                "The dev stack has no \"delete_where_column\" (\"storage.output.tables.0\").",
            ),
            (
                "input",
                "tables",
                json!({"destination": "a"}),
                "The child config \"source\" under \"storage.input.tables.0\" must be configured.",
            ),
        ] {
            let refused = check(&json!({"storage": {side: {kind: [mapping]}}}));
            assert!(
                matches!(&refused, Err(Failure::User(text)) if text == told),
                "{refused:?}"
            );
        }
    }
}
