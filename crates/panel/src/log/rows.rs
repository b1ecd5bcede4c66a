//! From lines to the rows that are shown: filtered by stream, broken at the width when asked,
//! searched.
//!
//! Every row has the same height, broken lines included, so that the window over a million rows is
//! a division.

use messages::engine::LogStream;

use super::lines::Lines;
use super::search::Needle;

/// More matches are not counted.
pub const MOST_MATCHES: usize = 999_999;

/// Characters of an unbroken row that are shown; a browser cannot lay out a line of megabytes.
pub const LONGEST_ROW: usize = 4_000;

/// Which streams are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Standard output only.
    Stdout,
    /// Standard error only.
    Stderr,
}

impl Filter {
    /// Whether lines of this stream are shown.
    #[must_use]
    pub fn shows(self, stream: LogStream) -> bool {
        match self {
            Self::All => true,
            Self::Stdout => stream == LogStream::Stdout,
            Self::Stderr => stream == LogStream::Stderr,
        }
    }
}

/// A row: a line, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Number of the line.
    pub line: u32,
    /// Byte at which the row begins.
    pub start: u32,
}

/// Where the needle stands.
pub type Match = Row;

/// The rows of a log.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    rows: Vec<Row>,
    filter: Filter,
    columns: Option<usize>,
    needle: Option<Needle>,
    matches: Vec<Match>,
    /// Lines that were taken in.
    done: usize,
}

impl Rows {
    /// Every row.
    #[must_use]
    pub fn all(&self) -> &[Row] {
        &self.rows
    }

    /// Every match, up to [`MOST_MATCHES`].
    #[must_use]
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// What is searched for.
    #[must_use]
    pub fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    /// Which streams are shown.
    #[must_use]
    pub fn filter(&self) -> Filter {
        self.filter
    }

    /// Shows other streams.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.forget_from(0);
    }

    /// Breaks lines after so many characters, or not at all. Whether that is new.
    pub fn set_columns(&mut self, columns: Option<usize>) -> bool {
        let columns = columns.map(|columns| columns.max(10));
        let new = self.columns != columns;
        if new {
            self.columns = columns;
            self.forget_from(0);
        }
        new
    }

    /// Searches for something else.
    pub fn set_needle(&mut self, needle: Option<Needle>) {
        self.needle = needle;
        self.forget_from(0);
    }

    /// Lines from this one on are new or changed.
    pub fn forget_from(&mut self, line: usize) {
        if line >= self.done {
            return;
        }
        let before = |row: &Row| (row.line as usize) < line;
        self.rows.truncate(self.rows.partition_point(before));
        self.matches.truncate(self.matches.partition_point(before));
        self.done = line;
    }

    /// Lines before this one are no longer kept. How many rows and matches went with them.
    pub fn forget_before(&mut self, line: usize) -> (usize, usize) {
        let before = |row: &Row| (row.line as usize) < line;
        let rows = self.rows.partition_point(before);
        let matches = self.matches.partition_point(before);
        self.rows.drain(..rows);
        self.matches.drain(..matches);
        (rows, matches)
    }

    /// Takes in the lines that came since the last time.
    pub fn extend(&mut self, lines: &Lines) {
        for (number, line) in lines.from(self.done) {
            if self.filter.shows(line.stream) {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                self.add(number, &line.text.text);
            }
        }
        self.done = lines.len();
    }

    fn add(&mut self, line: u32, text: &str) {
        self.rows.push(Row { line, start: 0 });
        // A text of no more bytes than columns has no more characters either.
        if let Some(columns) = self.columns
            && text.len() > columns
        {
            let breaks = text.char_indices().step_by(columns).skip(1);
            self.rows.extend(breaks.map(|(start, _)| Row {
                line,
                start: u32::try_from(start).unwrap_or(u32::MAX),
            }));
        }
        if let Some(needle) = &self.needle {
            let room = MOST_MATCHES - self.matches.len();
            let found = needle.find_in(text).take(room);
            self.matches.extend(found.map(|start| Match {
                line,
                start: u32::try_from(start).unwrap_or(u32::MAX),
            }));
        }
    }

    /// The number of the row that holds a match.
    #[must_use]
    pub fn row_of(&self, found: Match) -> usize {
        self.rows
            .partition_point(|row| *row <= found)
            .saturating_sub(1)
    }

    /// The part of its line that a row shows, as bytes, and whether it was cut short.
    #[must_use]
    pub fn extent(&self, row: Row, text: &str) -> (usize, usize, bool) {
        let start = row.start as usize;
        let shown = self.columns.unwrap_or(LONGEST_ROW);
        let end = text.get(start..).and_then(|rest| {
            let (length, _) = rest.char_indices().nth(shown)?;
            Some(start + length)
        });
        match end {
            Some(end) => (start, end, self.columns.is_none()),
            None => (start, text.len(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use messages::engine::LogLine;

    use super::*;

    fn lines(texts: &[(LogStream, &str)]) -> Lines {
        let mut lines = Lines::default();
        for (stream, text) in texts {
            lines.push(&LogLine {
                t: 0,
                stream: *stream,
                text: (*text).to_owned(),
                continues: false,
            });
        }
        lines
    }

    fn shown(rows: &Rows, lines: &Lines) -> Vec<String> {
        rows.all()
            .iter()
            .map(|row| {
                let text = &lines.get(row.line as usize).unwrap().text.text;
                let (start, end, _) = rows.extent(*row, text);
                text.get(start..end).unwrap().to_owned()
            })
            .collect()
    }

    #[test]
    fn a_filter_shows_one_stream() {
        let lines = lines(&[
            (LogStream::Install, "uv"),
            (LogStream::Stdout, "a"),
            (LogStream::Stderr, "b"),
        ]);
        for (filter, expected) in [
            (Filter::All, vec!["uv", "a", "b"]),
            (Filter::Stdout, vec!["a"]),
            (Filter::Stderr, vec!["b"]),
        ] {
            let mut rows = Rows::default();
            rows.set_filter(filter);
            rows.extend(&lines);
            assert_eq!(shown(&rows, &lines), expected);
        }
    }

    #[test]
    fn long_lines_break_at_the_width_and_lose_nothing() {
        let lines = lines(&[
            (LogStream::Stdout, "ááááááááááb"),
            (LogStream::Stdout, ""),
            (LogStream::Stdout, "0123456789"),
        ]);
        let mut rows = Rows::default();
        rows.set_columns(Some(10));
        rows.extend(&lines);
        assert_eq!(shown(&rows, &lines), ["áááááááááá", "b", "", "0123456789"]);
        rows.set_columns(None);
        rows.extend(&lines);
        assert_eq!(rows.all().len(), 3);
    }

    #[test]
    fn an_unbroken_row_is_cut_and_says_so() {
        let long = "x".repeat(LONGEST_ROW + 1);
        let lines = lines(&[(LogStream::Stdout, &long)]);
        let mut rows = Rows::default();
        rows.extend(&lines);
        let (start, end, cut) = rows.extent(rows.all()[0], &long);
        assert_eq!((start, end, cut), (0, LONGEST_ROW, true));
    }

    #[test]
    fn matches_are_counted_in_what_is_shown_and_found_in_their_row() {
        let lines = lines(&[
            (LogStream::Stdout, "0123456789 error"),
            (LogStream::Stderr, "Error error"),
        ]);
        let mut rows = Rows::default();
        rows.set_columns(Some(10));
        rows.set_needle(Needle::new("error"));
        rows.extend(&lines);
        assert_eq!(rows.matches().len(), 3);
        assert_eq!(rows.row_of(rows.matches()[0]), 1);
        assert_eq!(rows.row_of(rows.matches()[1]), 2);
        rows.set_filter(Filter::Stdout);
        rows.extend(&lines);
        assert_eq!(rows.matches().len(), 1);
    }

    #[test]
    fn a_changed_line_is_taken_in_again() {
        let mut all = lines(&[(LogStream::Stdout, "er"), (LogStream::Stderr, "x")]);
        let mut rows = Rows::default();
        rows.set_needle(Needle::new("error"));
        rows.extend(&all);
        assert!(rows.matches().is_empty());
        let changed = all.push(&LogLine {
            t: 0,
            stream: LogStream::Stdout,
            text: "ror".to_owned(),
            continues: true,
        });
        rows.forget_from(changed);
        rows.extend(&all);
        assert_eq!(shown(&rows, &all), ["error", "x"]);
        assert_eq!(rows.matches().len(), 1);
    }

    #[test]
    fn rows_and_matches_of_lines_that_are_gone_go_too() {
        let texts: Vec<String> = (0..20).map(|it| format!("line {it}")).collect();
        let pairs: Vec<_> = texts
            .iter()
            .map(|it| (LogStream::Stdout, it.as_str()))
            .collect();
        let all = lines(&pairs);
        let mut rows = Rows::default();
        rows.set_needle(Needle::new("e 1"));
        rows.extend(&all);
        assert_eq!(rows.matches().len(), 11);
        assert_eq!(rows.forget_before(12), (12, 3));
        assert_eq!(rows.all()[0].line, 12);
        assert_eq!(rows.matches()[0].line, 12);
    }

    #[test]
    fn matches_have_an_end() {
        let many = "e".repeat(MOST_MATCHES + 5);
        let lines = lines(&[(LogStream::Stdout, &many), (LogStream::Stdout, "e")]);
        let mut rows = Rows::default();
        rows.set_needle(Needle::new("e"));
        rows.extend(&lines);
        assert_eq!(rows.matches().len(), MOST_MATCHES);
    }
}
