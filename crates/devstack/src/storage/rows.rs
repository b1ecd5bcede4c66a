//! Which rows and columns of a table a call asks for, and their CSV.

use serde_json::Value;
use time::OffsetDateTime;

use super::error::StorageError;
use super::parameters::{Commas, Parameters, scalar};
use crate::moment;
use crate::project::table::{Row, Table};

const CODE: &str = "storage.tables.validation";

/// A selection, checked against its table.
#[derive(Debug)]
pub(super) struct Selection {
    columns: Vec<usize>,
    filters: Vec<Filter>,
    pub(super) limit: Option<usize>,
    changed_since: Option<OffsetDateTime>,
    changed_until: Option<OffsetDateTime>,
    internal_timestamp: bool,
}

#[derive(Debug)]
struct Filter {
    column: usize,
    operator: Operator,
    values: Vec<String>,
    numeric: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Selection {
    /// Reads `columns`, `limit`, `whereFilters` (or the older `whereColumn` with `whereValues`),
    /// `changedSince` and `changedUntil`. What this stack cannot do is refused.
    pub(super) fn read(parameters: &Parameters, table: &Table) -> Result<Self, StorageError> {
        for unsupported in ["orderBy", "fulltextSearch"] {
            if parameters.get(unsupported).is_some() {
                let text = format!("The dev stack does not support \"{unsupported}\".");
                return Err(StorageError::invalid(CODE, text));
            }
        }
        let named = parameters.texts("columns", Commas::Separate)?;
        let columns = match named.is_empty() {
            true => (0..table.columns.len()).collect(),
            false => named
                .iter()
                .map(|name| column(table, name))
                .collect::<Result<_, _>>()?,
        };
        let limit = parameters
            .number("limit")?
            .and_then(|limit| usize::try_from(limit).ok());
        let now = moment::now();
        let time = |name: &str| -> Result<Option<OffsetDateTime>, StorageError> {
            let text = parameters.text(name)?.filter(|text| !text.is_empty());
            let wrong = || StorageError::invalid(CODE, format!("\"{name}\" is not a time."));
            text.map(|text| moment::parse(&text, now).ok_or_else(wrong))
                .transpose()
        };
        Ok(Self {
            columns,
            filters: filters(parameters, table)?,
            limit,
            changed_since: time("changedSince")?,
            changed_until: time("changedUntil")?,
            internal_timestamp: parameters.flag("includeInternalTimestamp")?,
        })
    }

    /// The names of the selected columns, in the order asked for.
    pub(super) fn column_names(&self, table: &Table) -> Vec<String> {
        let named = self
            .columns
            .iter()
            .filter_map(|at| table.columns.get(*at).cloned());
        named
            .chain(self.internal_timestamp.then(|| "_timestamp".to_owned()))
            .collect()
    }

    /// The selected rows.
    pub(super) fn rows(&self, table: &Table) -> Vec<Vec<String>> {
        let is_recent = |row: &Row| {
            self.changed_since.is_none_or(|at| row.changed >= at)
                && self.changed_until.is_none_or(|at| row.changed < at)
        };
        let fitting = table
            .rows
            .iter()
            .filter(|row| is_recent(row) && self.filters.iter().all(|f| f.holds(&row.values)));
        fitting
            .take(self.limit.unwrap_or(usize::MAX))
            .map(|row| {
                let stamp = self.internal_timestamp.then(|| moment::spaced(row.changed));
                let chosen = self
                    .columns
                    .iter()
                    .filter_map(|at| row.values.get(*at).cloned());
                chosen.chain(stamp).collect()
            })
            .collect()
    }
}

impl Filter {
    fn holds(&self, row: &[String]) -> bool {
        let Some(own) = row.get(self.column) else {
            return false;
        };
        let is = |value: &String| self.compare(own, value);
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self.operator {
            Operator::Eq => self.values.iter().any(|v| is(v) == Some(Equal)),
            Operator::Ne => self.values.iter().all(|v| is(v) != Some(Equal)),
            Operator::Gt => self.values.iter().all(|v| is(v) == Some(Greater)),
            Operator::Ge => self
                .values
                .iter()
                .all(|v| matches!(is(v), Some(Greater | Equal))),
            Operator::Lt => self.values.iter().all(|v| is(v) == Some(Less)),
            Operator::Le => self
                .values
                .iter()
                .all(|v| matches!(is(v), Some(Less | Equal))),
        }
    }

    fn compare(&self, own: &str, value: &str) -> Option<std::cmp::Ordering> {
        if self.numeric {
            return own
                .parse::<f64>()
                .ok()?
                .partial_cmp(&value.parse::<f64>().ok()?);
        }
        Some(own.cmp(value))
    }
}

fn column(table: &Table, name: &str) -> Result<usize, StorageError> {
    table
        .columns
        .iter()
        .position(|own| own == name)
        .ok_or_else(|| {
            let text = format!("Column \"{name}\" not found in table \"{}\".", table.id);
            StorageError::invalid("storage.tables.columnNotExists", text)
        })
}

fn operator(text: Option<&str>) -> Result<Operator, StorageError> {
    Ok(match text {
        None | Some("eq") => Operator::Eq,
        Some("ne") => Operator::Ne,
        Some("gt") => Operator::Gt,
        Some("ge") => Operator::Ge,
        Some("lt") => Operator::Lt,
        Some("le") => Operator::Le,
        Some(other) => {
            let text = format!("\"{other}\" is not an operator of a filter.");
            return Err(StorageError::invalid(CODE, text));
        }
    })
}

fn filters(parameters: &Parameters, table: &Table) -> Result<Vec<Filter>, StorageError> {
    let mut all = Vec::new();
    if let Some(name) = parameters
        .text("whereColumn")?
        .filter(|name| !name.is_empty())
    {
        all.push(Filter {
            column: column(table, &name)?,
            operator: operator(parameters.text("whereOperator")?.as_deref())?,
            values: parameters.texts("whereValues", Commas::Belong)?,
            numeric: false,
        });
    }
    let list = match parameters.get("whereFilters") {
        None => &Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            return Err(StorageError::invalid(
                CODE,
                "\"whereFilters\" must be a list.",
            ));
        }
    };
    for filter in list {
        let text = |name: &str| filter.get(name).map(|v| scalar(name, v)).transpose();
        let name = text("column")?;
        let name =
            name.ok_or_else(|| StorageError::invalid(CODE, "A filter needs a \"column\"."))?;
        let values = match filter.get("values") {
            Some(Value::Array(values)) if !values.is_empty() => values
                .iter()
                .map(|v| scalar("values", v))
                .collect::<Result<_, _>>()?,
            _ => return Err(StorageError::invalid(CODE, "A filter needs \"values\".")),
        };
        let kind = text("dataType")?.unwrap_or_default().to_ascii_uppercase();
        all.push(Filter {
            column: column(table, &name)?,
            operator: operator(text("operator")?.as_deref())?,
            values,
            numeric: matches!(
                kind.as_str(),
                "INTEGER" | "DOUBLE" | "BIGINT" | "REAL" | "DECIMAL"
            ),
        });
    }
    Ok(all)
}

/// CSV as Storage exports it: every value quoted, lines end with a line feed.
pub(super) fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::project::table::ExportLayout;

    fn select(query: &str) -> Result<Value, StorageError> {
        let csv = "id,state,height\n1,TX,9\n2,CA,10\n3,TX,100\n";
        let table = Table::from_csv(
            "in.c-main.t",
            csv.as_bytes(),
            Vec::new(),
            ExportLayout::Whole,
        )
        .unwrap();
        let selection = Selection::read(&Parameters::from_query(query), &table)?;
        Ok(json!(selection.rows(&table)))
    }

    #[test]
    fn rows_and_columns_are_those_asked_for() {
        for (query, expected) in [
            (
                "columns=height,id&limit=2",
                json!([["9", "1"], ["10", "2"]]),
            ),
            (
                "columns=id&whereColumn=state&whereValues[]=TX",
                json!([["1"], ["3"]]),
            ),
            (
                "columns=id&whereColumn=state&whereValues[]=TX&whereOperator=ne",
                json!([["2"]]),
            ),
            (
                "columns=id&whereFilters[0][column]=height&whereFilters[0][operator]=gt\
                 &whereFilters[0][values][]=9&whereFilters[0][dataType]=INTEGER",
                json!([["2"], ["3"]]),
            ),
            (
                "columns=id&whereFilters[0][column]=height&whereFilters[0][operator]=ge\
                 &whereFilters[0][values][]=9",
                json!([["1"]]),
            ),
            (
                "columns=id&changedSince=-1 day",
                json!([["1"], ["2"], ["3"]]),
            ),
            ("columns=id&changedUntil=-1 day", json!([])),
        ] {
            assert_eq!(select(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn what_the_table_or_the_stack_does_not_have_is_refused() {
        for query in [
            "columns=nothing",
            "whereColumn=nothing&whereValues[]=1",
            "whereFilters[0][column]=id",
            "whereFilters[0][column]=id&whereFilters[0][operator]=like&whereFilters[0][values][]=1",
            "changedSince=adaptive",
            "orderBy=id",
        ] {
            assert!(select(query).is_err(), "{query}");
        }
    }

    #[test]
    fn every_value_is_quoted() {
        let rows = [vec!["a\"b".to_owned(), String::new(), "x\ny".to_owned()]];
        assert_eq!(csv(&rows).unwrap(), b"\"a\"\"b\",\"\",\"x\ny\"\n");
    }
}
