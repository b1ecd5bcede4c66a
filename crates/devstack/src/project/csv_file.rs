//! A CSV file that is to become a table's rows, read as the real import reads it (reference/keboola.md
//! section 7.2; error codes and the cleaning of names from the tests of Keboola's PHP client).

use std::collections::HashSet;

use super::load_error::LoadError;

/// The longest name of a column.
const LONGEST_NAME: usize = 64;

/// How values are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CsvFormat {
    pub(crate) delimiter: u8,
    /// What values may be enclosed in; doubled inside of one.
    pub(crate) enclosure: Option<u8>,
}

/// Where the names of the columns come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heading {
    /// The first line of the file, and of each slice.
    FirstLine,
    /// The request; every line is data.
    Named(Vec<String>),
    /// The table, in its order; every line is data.
    OfTable,
}

/// Columns and rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CsvFile {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl CsvFile {
    /// Reads the file, or the slices of one. `table` has the columns for [`Heading::OfTable`].
    pub(crate) fn read(
        slices: &[Vec<u8>],
        format: CsvFormat,
        heading: &Heading,
        table: &[String],
    ) -> Result<Self, LoadError> {
        let mut rows = Vec::new();
        let mut first_line: Option<Vec<String>> = None;
        for slice in slices {
            let mut records = reader(slice, format).into_records();
            if *heading == Heading::FirstLine
                && let Some(line) = records.next()
            {
                let line = line?.iter().map(str::to_owned).collect();
                first_line.get_or_insert(line);
            }
            for record in records {
                rows.push(record?.iter().map(str::to_owned).collect());
            }
        }
        let columns = match heading {
            Heading::FirstLine => cleaned(&first_line.unwrap_or_default())?,
            Heading::Named(names) => cleaned(names)?,
            Heading::OfTable => table.to_vec(),
        };
        Self { columns, rows }.checked()
    }

    fn checked(self) -> Result<Self, LoadError> {
        let mut seen = HashSet::new();
        if let Some(twice) = self
            .columns
            .iter()
            .find(|name| !seen.insert(name.to_ascii_lowercase()))
        {
            return Err(LoadError::ColumnTwice(twice.clone()));
        }
        match self.rows.iter().find(|row| row.len() != self.columns.len()) {
            None => Ok(self),
            Some(row) => Err(LoadError::RowLength {
                found: row.len(),
                expected: self.columns.len(),
            }),
        }
    }
}

fn reader(bytes: &[u8], format: CsvFormat) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(format.delimiter)
        .quoting(format.enclosure.is_some())
        .quote(format.enclosure.unwrap_or(b'"'))
        .from_reader(bytes)
}

/// Names as Storage keeps them: what is no letter, digit or underscore becomes one underscore, and
/// none is left at the ends. Letters with accents are refused, because this stack cannot turn them
/// into plain ones as the real one does.
fn cleaned(names: &[String]) -> Result<Vec<String>, LoadError> {
    let clean = |name: &String| {
        if !name.is_ascii() {
            return Err(LoadError::Accents(name.clone()));
        }
        let kept = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let words: Vec<&str> = kept.filter(|word| !word.is_empty()).collect();
        let clean = words.join("_").trim_matches('_').to_owned();
        if clean.is_empty() || clean.len() > LONGEST_NAME {
            return Err(LoadError::ColumnName(name.clone()));
        }
        Ok(clean)
    };
    names.iter().map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAS: CsvFormat = CsvFormat {
        delimiter: b',',
        enclosure: Some(b'"'),
    };

    fn read(slices: &[&str], format: CsvFormat, heading: &Heading) -> Result<CsvFile, LoadError> {
        let slices: Vec<Vec<u8>> = slices
            .iter()
            .map(|slice| slice.as_bytes().to_vec())
            .collect();
        CsvFile::read(&slices, format, heading, &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn every_form_of_a_file_gives_the_same_rows() {
        let tabs = CsvFormat {
            delimiter: b'\t',
            enclosure: None,
        };
        let named = Heading::Named(vec!["a".to_owned(), "b".to_owned()]);
        for (slices, format, heading) in [
            (vec!["a,b\n1,\"x,\"\"y\"\"\"\n"], COMMAS, Heading::FirstLine),
            (
                vec!["\u{feff}a,b\r\n1,\"x,\"\"y\"\"\"\r\n"],
                COMMAS,
                Heading::FirstLine,
            ),
            (
                vec!["a,b\n", "a,b\n1,\"x,\"\"y\"\"\""],
                COMMAS,
                Heading::FirstLine,
            ),
            (vec!["1,\"x,\"\"y\"\"\"\n"], COMMAS, named),
            (vec!["", "1,\"x,\"\"y\"\"\"\n"], COMMAS, Heading::OfTable),
            (vec!["a\tb\n1\tx,\"y\"\n"], tabs, Heading::FirstLine),
        ] {
            let file = read(&slices, format, &heading).unwrap();
            assert_eq!(file.columns, ["a", "b"], "{slices:?}");
            assert_eq!(file.rows, [["1", "x,\"y\""]], "{slices:?}");
        }
    }

    #[test]
    fn names_are_cleaned() {
        let header = "with spaces,_under_,a.b-c,1\n";
        let file = read(&[header], COMMAS, &Heading::FirstLine).unwrap();
        assert_eq!(file.columns, ["with_spaces", "under", "a_b_c", "1"]);
    }

    #[test]
    fn what_is_no_table_is_refused_by_its_code() {
        let long = "x".repeat(65);
        for (text, code) in [
            ("a,,b\n", "storage.tables.validation.invalidColumnName"),
            (&*long, "storage.tables.validation.invalidColumnName"),
            ("a,A\n", "csvImport.duplicateColumnNames"),
            ("a,b\n1\n", "csvImport.invalidSourceData"),
            ("a,b\n1,2,3\n", "csvImport.invalidSourceData"),
        ] {
            let refused = read(&[text], COMMAS, &Heading::FirstLine).unwrap_err();
            assert_eq!(refused.code(), code, "{text}: {refused}");
        }
        let bytes = [vec![b'a', b'\n', 0xff, b'\n']];
        let refused = CsvFile::read(&bytes, COMMAS, &Heading::FirstLine, &[]).unwrap_err();
        assert_eq!(refused.code(), "csvImport.invalidSourceData");
    }
}
