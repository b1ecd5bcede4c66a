//! Loading a CSV file into a table: its columns must be there, its primary key keeps rows apart, and
//! a load that adds changes only what differs (reference/keboola.md section 7.2).

use std::collections::HashMap;

use time::OffsetDateTime;

use super::Project;
use super::csv_file::{CsvFile, CsvFormat};
use super::load_error::LoadError;
use super::table::{ExportLayout, Row, Table};
use crate::moment;

/// Rows of a slice in an export of a table that was not seeded.
const SLICE_ROWS: usize = 1000;

/// What a load does with the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadKind {
    /// They go first.
    Full,
    /// They stay, but for those whose primary key comes again.
    Incremental,
}

impl Table {
    /// A new table with the columns and rows of a file.
    pub(crate) fn of_file(
        id: String,
        primary_key: Vec<String>,
        file: CsvFile,
        format: CsvFormat,
        now: OffsetDateTime,
    ) -> Result<Self, LoadError> {
        if file.columns.is_empty() {
            return Err(LoadError::NoColumns);
        }
        if let Some(lost) = primary_key.iter().find(|key| !file.columns.contains(key)) {
            return Err(LoadError::PrimaryKey(lost.clone()));
        }
        let mut table = Self {
            id,
            columns: file.columns.clone(),
            primary_key,
            rows: Vec::new(),
            created: now,
            changed: now,
            layout: ExportLayout::Sliced { rows: SLICE_ROWS },
        };
        table.load(file, format, LoadKind::Full, now)?;
        Ok(table)
    }

    /// Loads a file. Columns that only the file has are added; nothing changes when it fails.
    pub(crate) fn load(
        &mut self,
        file: CsvFile,
        format: CsvFormat,
        kind: LoadKind,
        now: OffsetDateTime,
    ) -> Result<(), LoadError> {
        let places = self.take_columns(&file.columns, format.delimiter)?;
        match kind {
            LoadKind::Full => self.rows.clear(),
            LoadKind::Incremental => {
                for row in &mut self.rows {
                    row.values.resize(self.columns.len(), String::new());
                }
            }
        }
        let key: Vec<usize> = self
            .primary_key
            .iter()
            .filter_map(|name| self.columns.iter().position(|own| own == name))
            .collect();
        let key_of = |values: &[String]| -> Vec<String> {
            key.iter()
                .filter_map(|at| values.get(*at).cloned())
                .collect()
        };
        let mut by_key: HashMap<Vec<String>, usize> = match key.is_empty() {
            true => HashMap::new(),
            false => (self.rows.iter().enumerate())
                .map(|(at, row)| (key_of(&row.values), at))
                .collect(),
        };
        for read in file.rows {
            let values: Vec<String> = places
                .iter()
                .filter_map(|at| read.get(*at).cloned())
                .collect();
            let row = Row {
                values,
                changed: now,
            };
            let key = key_of(&row.values);
            match by_key.get(&key).and_then(|at| self.rows.get_mut(*at)) {
                // The same row again keeps its time: it is not what changed since then.
                Some(own) if own.values == row.values => {}
                Some(own) => *own = row,
                None => {
                    if !key.is_empty() {
                        by_key.insert(key, self.rows.len());
                    }
                    self.rows.push(row);
                }
            }
        }
        self.changed = now;
        Ok(())
    }

    /// Adds the columns that only the file has. Returns where in the file each column of the table is.
    fn take_columns(&mut self, read: &[String], delimiter: u8) -> Result<Vec<usize>, LoadError> {
        let missing: Vec<String> = (self
            .columns
            .iter()
            .filter(|own| !read.contains(own))
            .cloned())
        .collect();
        if !missing.is_empty() {
            return Err(LoadError::ColumnsMissing {
                missing,
                expected: self.columns.clone(),
                delimiter,
            });
        }
        for name in read {
            if !self.columns.contains(name) {
                self.columns.push(name.clone());
            }
        }
        let position = |name: &String| read.iter().position(|own| own == name);
        Ok(self.columns.iter().filter_map(position).collect())
    }
}

impl Project {
    /// Loads a file into the table of this id, which is made when it is not there. A primary key that is
    /// told is the table's from then on. Nothing changes when it fails.
    pub(crate) fn load_or_make(
        &mut self,
        id: &str,
        primary_key: Vec<String>,
        file: CsvFile,
        format: CsvFormat,
        kind: LoadKind,
    ) -> Result<&Table, LoadError> {
        let now = moment::now();
        let table = match self.table(id) {
            None => Table::of_file(id.to_owned(), primary_key, file, format, now)?,
            Some(own) => {
                let mut own = own.clone();
                if let Some(lost) = primary_key.iter().find(|key| !file.columns.contains(key)) {
                    return Err(LoadError::PrimaryKey(lost.clone()));
                }
                if !primary_key.is_empty() {
                    own.primary_key = primary_key;
                }
                own.load(file, format, kind, now)?;
                own
            }
        };
        self.keep_table(table);
        self.table(id).ok_or(LoadError::NoColumns)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::project::csv_file::Heading;

    const FORMAT: CsvFormat = CsvFormat {
        delimiter: b',',
        enclosure: Some(b'"'),
    };
    const BEFORE: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);
    const NOW: OffsetDateTime = datetime!(2026-01-02 0:00 UTC);

    fn file(text: &str) -> CsvFile {
        let slices = [text.as_bytes().to_vec()];
        CsvFile::read(&slices, FORMAT, &Heading::FirstLine, &[]).unwrap()
    }

    fn table(key: &[&str]) -> Table {
        let key = key.iter().map(|name| (*name).to_owned()).collect();
        let file = file("id,name\n1,one\n2,two\n");
        Table::of_file("in.c-main.t".to_owned(), key, file, FORMAT, BEFORE).unwrap()
    }

    fn rows(table: &Table) -> Vec<String> {
        table.rows.iter().map(|row| row.values.join("|")).collect()
    }

    #[test]
    fn a_load_replaces_or_adds_and_the_primary_key_keeps_rows_apart() {
        use LoadKind::{Full, Incremental};
        for (key, kind, text, expected) in [
            (&[][..], Full, "id,name\n3,three\n", &["3|three"][..]),
            (
                &[],
                Incremental,
                "id,name\n2,zwei\n",
                &["1|one", "2|two", "2|zwei"],
            ),
            (
                &["id"],
                Incremental,
                "id,name\n2,zwei\n3,drei\n",
                &["1|one", "2|zwei", "3|drei"],
            ),
            (&["id"], Full, "id,name\n5,a\n5,b\n", &["5|b"]),
            (
                &["id", "name"],
                Incremental,
                "id,name\n2,two\n2,zwei\n",
                &["1|one", "2|two", "2|zwei"],
            ),
            (
                &["id"],
                Incremental,
                "name,id\nzwei,2\n",
                &["1|one", "2|zwei"],
            ),
            (
                &["id"],
                Incremental,
                "id,more,name\n2,m,zwei\n",
                &["1|one|", "2|zwei|m"],
            ),
        ] {
            let mut table = table(key);
            table.load(file(text), FORMAT, kind, NOW).unwrap();
            assert_eq!(rows(&table), expected, "{text}");
        }
    }

    #[test]
    fn only_a_row_that_differs_has_a_new_time() {
        let mut table = table(&["id"]);
        let again = file("id,name\n1,one\n2,zwei\n");
        table
            .load(again, FORMAT, LoadKind::Incremental, NOW)
            .unwrap();
        let times: Vec<_> = table.rows.iter().map(|row| row.changed).collect();
        assert_eq!((times, table.changed), (vec![BEFORE, NOW], NOW));
    }

    #[test]
    fn a_load_that_fails_changes_nothing() {
        let mut own = table(&["id"]);
        let refused = own
            .load(file("id,neu\n9,n\n"), FORMAT, LoadKind::Full, NOW)
            .unwrap_err();
        assert_eq!(refused.code(), "csvImport.columnsNotMatch");
        assert_eq!(
            refused.results(),
            json!({"missingColumns": ["name"], "expectedColumns": ["id", "name"]})
        );
        assert_eq!(
            (rows(&own), own.columns),
            (rows(&table(&[])), vec!["id".to_owned(), "name".to_owned()])
        );
    }

    #[test]
    fn a_new_table_needs_columns_and_a_key_among_them() {
        for (text, key, code) in [
            ("", "id", "storage.tables.validation.noColumns"),
            (
                "id\n1\n",
                "ID",
                "storage.tables.validation.invalidPrimaryKeyColumns",
            ),
        ] {
            let key = vec![key.to_owned()];
            let made = Table::of_file("in.c-main.t".to_owned(), key, file(text), FORMAT, NOW);
            assert_eq!(made.unwrap_err().code(), code);
        }
    }
}
