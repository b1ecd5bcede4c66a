//! The lines of a run's log, as they came.
//!
//! A plain list outside of every signal: a burst of a hundred thousand lines is taken in without
//! one view being touched.

use messages::engine::{LogLine, LogStream};

use super::ansi::{Terminal, Text};

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Milliseconds since the script began.
    pub t: u32,
    /// Where it was written to.
    pub stream: LogStream,
    /// What it says.
    pub text: Text,
    /// How often it was written to; an equal number means an equal text.
    pub revision: u32,
}

/// One of the four streams, with the line that it wrote last.
#[derive(Clone, Debug, Default)]
struct Source {
    terminal: Terminal,
    last: Option<usize>,
}

/// The log of one run.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    sources: [Source; 4],
}

impl Lines {
    /// Every line.
    #[must_use]
    pub fn all(&self) -> &[Line] {
        &self.lines
    }

    /// Takes a line in; the answer is the number of the line that is new or changed.
    pub fn push(&mut self, line: &LogLine) -> usize {
        let source = &mut self.sources[source_of(line.stream)];
        let at = match source.last {
            Some(last) if line.continues => last,
            _ => {
                let mut text = Text::default();
                source.terminal.new_line(&mut text);
                self.lines.push(Line {
                    t: line.t,
                    stream: line.stream,
                    text,
                    revision: 0,
                });
                self.lines.len() - 1
            }
        };
        source.last = Some(at);
        let written = &mut self.lines[at];
        source.terminal.write(&mut written.text, &line.text);
        written.revision = written.revision.wrapping_add(1);
        at
    }

    /// The text of the lines that `wanted` lets through, for a copy or a file.
    #[must_use]
    pub fn to_text(&self, wanted: impl Fn(LogStream) -> bool) -> String {
        let mut text = String::new();
        for line in self.lines.iter().filter(|line| wanted(line.stream)) {
            text.push_str(&line.text.text);
            text.push('\n');
        }
        text
    }
}

fn source_of(stream: LogStream) -> usize {
    match stream {
        LogStream::Stdout => 0,
        LogStream::Stderr => 1,
        LogStream::Install => 2,
        LogStream::Note => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stream: LogStream, text: &str, continues: bool) -> LogLine {
        LogLine {
            t: 0,
            stream,
            text: text.to_owned(),
            continues,
        }
    }

    #[test]
    fn a_line_goes_on_in_its_own_stream() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(&line(LogStream::Stdout, "load", false)), 0);
        assert_eq!(lines.push(&line(LogStream::Stderr, "warn", false)), 1);
        assert_eq!(lines.push(&line(LogStream::Stdout, "ing", true)), 0);
        assert_eq!(lines.push(&line(LogStream::Stdout, "done", false)), 2);
        let texts: Vec<_> = lines.all().iter().map(|it| it.text.text.as_str()).collect();
        assert_eq!(texts, ["loading", "warn", "done"]);
    }

    #[test]
    fn a_line_that_continues_nothing_is_a_line() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(&line(LogStream::Stdout, "tail", true)), 0);
    }

    #[test]
    fn the_text_is_what_is_shown() {
        let mut lines = Lines::default();
        lines.push(&line(LogStream::Stdout, "\u{1b}[31ma\u{1b}[0m", false));
        lines.push(&line(LogStream::Stderr, "  b", false));
        assert_eq!(lines.to_text(|_| true), "a\n  b\n");
        assert_eq!(lines.to_text(|it| it == LogStream::Stderr), "  b\n");
    }
}
