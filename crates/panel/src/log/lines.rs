//! The lines of a run's log, as they came.
//!
//! A plain list outside of every signal: a burst of a hundred thousand lines is taken in without
//! one view being touched. It is kept in blocks: a list that grew as a whole would be copied as a whole
//! in the middle of a burst. A script may write for days, so the oldest blocks go when they take too much.

use std::collections::VecDeque;

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

/// Lines of a block.
const BLOCK: usize = 4_096;

/// What a line takes beside its text, in bytes.
const OVERHEAD: usize = 64;

/// What all lines may take, in bytes: more than a million short ones.
const BUDGET: usize = 128 * 1024 * 1024;

/// The log of one run. Lines have their numbers for good, also when earlier ones are gone.
#[derive(Clone, Debug)]
pub struct Lines {
    /// All of them are full but the last.
    blocks: VecDeque<Block>,
    gone: usize,
    bytes: usize,
    budget: usize,
    sources: [Source; 4],
}

#[derive(Clone, Debug, Default)]
struct Block {
    lines: Vec<Line>,
    bytes: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self::within(BUDGET)
    }
}

impl Lines {
    fn within(budget: usize) -> Self {
        Self {
            blocks: VecDeque::new(),
            gone: 0,
            bytes: 0,
            budget,
            sources: <[Source; 4]>::default(),
        }
    }

    /// How many lines came, those included that are gone.
    #[must_use]
    pub fn len(&self) -> usize {
        let full = self.blocks.len().saturating_sub(1) * BLOCK;
        self.gone + full + self.blocks.back().map_or(0, |block| block.lines.len())
    }

    /// Whether none came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// How many lines, from the first on, are no longer kept.
    #[must_use]
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// A line by its number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Line> {
        let at = number.checked_sub(self.gone)?;
        self.blocks.get(at / BLOCK)?.lines.get(at % BLOCK)
    }

    /// The lines that are kept from this one on, with their numbers.
    pub fn from(&self, number: usize) -> impl Iterator<Item = (usize, &Line)> {
        let first = number.max(self.gone);
        let at = first - self.gone;
        let blocks = self.blocks.iter().skip(at / BLOCK);
        let lines = blocks.flat_map(|block| &block.lines).skip(at % BLOCK);
        (first..).zip(lines)
    }

    /// Takes a line in; the answer is the number of the line that is new or changed.
    pub fn push(&mut self, line: &LogLine) -> usize {
        let next = self.len();
        let source = &mut self.sources[source_of(line.stream)];
        let last = source
            .last
            .filter(|last| line.continues && *last >= self.gone);
        let number = last.unwrap_or(next);
        source.last = Some(number);
        let at = number - self.gone;
        if at / BLOCK == self.blocks.len() {
            self.blocks.push_back(Block::default());
        }
        let block = &mut self.blocks[at / BLOCK];
        if at % BLOCK == block.lines.len() {
            let mut text = Text::default();
            source.terminal.new_line(&mut text);
            block.lines.push(Line {
                t: line.t,
                stream: line.stream,
                text,
                revision: 0,
            });
            block.bytes += OVERHEAD;
            self.bytes += OVERHEAD;
        }
        let written = &mut block.lines[at % BLOCK];
        // A text may also become shorter, as those of progress bars do.
        let before = written.text.text.len();
        source.terminal.write(&mut written.text, &line.text);
        written.revision = written.revision.wrapping_add(1);
        let after = written.text.text.len();
        block.bytes = block.bytes + after - before;
        self.bytes = self.bytes + after - before;
        self.keep_within();
        number
    }

    /// Lets an eighth go when there are too many, so that it happens seldom.
    fn keep_within(&mut self) {
        if self.bytes <= self.budget {
            return;
        }
        while self.bytes > self.budget / 8 * 7
            && self.blocks.len() > 1
            && let Some(oldest) = self.blocks.pop_front()
        {
            self.bytes -= oldest.bytes;
            self.gone += BLOCK;
        }
    }

    /// The text of the lines that `wanted` lets through, for a copy or a file.
    #[must_use]
    pub fn to_text(&self, wanted: impl Fn(LogStream) -> bool) -> String {
        let mut text = String::new();
        if self.gone > 0 {
            text.push_str(&gone_words(self.gone));
            text.push('\n');
        }
        let lines = self.from(0).map(|(_, line)| line);
        for line in lines.filter(|line| wanted(line.stream)) {
            text.push_str(&line.text.text);
            text.push('\n');
        }
        text
    }
}

/// Says how many lines are missing at the beginning.
#[must_use]
pub fn gone_words(gone: usize) -> String {
    let lines = ui::format::count(gone as u64);
    format!("The first {lines} lines are no longer kept here.")
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
        let texts: Vec<_> = lines.from(0).map(|(_, it)| it.text.text.as_str()).collect();
        assert_eq!(texts, ["loading", "warn", "done"]);
    }

    #[test]
    fn a_line_that_continues_nothing_is_a_line() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(&line(LogStream::Stdout, "tail", true)), 0);
    }

    #[test]
    fn the_oldest_go_and_the_others_keep_their_numbers() {
        let mut lines = Lines::within(3 * BLOCK * (OVERHEAD + 4));
        lines.push(&line(LogStream::Stderr, "open", false));
        for number in 1..10 * BLOCK {
            let at = lines.push(&line(LogStream::Stdout, &format!("{number:4}"), false));
            assert_eq!(at, number);
            assert!(lines.bytes <= lines.budget);
        }
        assert_eq!(lines.len(), 10 * BLOCK);
        assert!(lines.gone() >= 7 * BLOCK, "{}", lines.gone());
        assert!(lines.get(lines.gone() - 1).is_none());
        let (first, oldest) = lines.from(0).next().unwrap();
        assert_eq!(
            (first, oldest.text.text.trim()),
            (lines.gone(), &*first.to_string())
        );
        let newest = lines.get(10 * BLOCK - 1).unwrap();
        assert_eq!(newest.text.text, (10 * BLOCK - 1).to_string());
        assert_eq!(lines.from(10 * BLOCK - 2).count(), 2);
        // What it would continue is gone.
        let rest = lines.push(&line(LogStream::Stderr, " end", true));
        assert_eq!(rest, 10 * BLOCK);
        let text = lines.to_text(|it| it == LogStream::Stderr);
        assert!(text.starts_with("The first "), "{text}");
        assert!(
            text.ends_with(" lines are no longer kept here.\n end\n"),
            "{text}"
        );
    }

    #[test]
    fn a_progress_bar_takes_what_it_shows() {
        let mut lines = Lines::within(1_000);
        lines.push(&line(LogStream::Stdout, "0 %", false));
        for done in 1..1_000 {
            lines.push(&line(LogStream::Stdout, &format!("\r{done} of 1000"), true));
        }
        assert_eq!(
            (lines.len(), lines.bytes),
            (1, OVERHEAD + "999 of 1000".len())
        );
    }

    #[test]
    fn one_block_is_kept_whatever_it_takes() {
        let mut lines = Lines::within(10);
        for _ in 0..3 {
            lines.push(&line(LogStream::Stdout, "longer than the budget", false));
        }
        assert_eq!((lines.len(), lines.gone()), (3, 0));
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
