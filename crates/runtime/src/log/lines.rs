//! Lines from text: newlines, carriage returns, and lines that are too long.

use super::{LINE_CAP, Line, Stream};

/// How often a line that redraws itself is told, in milliseconds.
const REDRAW_MS: u32 = 1_000;

/// Splits the text of one stream into lines.
#[derive(Debug)]
pub(super) struct Lines {
    stream: Stream,
    /// Text of the line that has not ended, as far as it was not told.
    pending: String,
    /// A part of that line was told.
    told: bool,
    /// A carriage return came last: with a newline it is its end, else the line starts over.
    returned: bool,
    /// When a state of a line that redraws itself was last told.
    redrawn: Option<u32>,
}

impl Lines {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            pending: String::new(),
            told: false,
            returned: false,
            redrawn: None,
        }
    }

    /// Appends the lines that `text` completes, and what there is of the last one.
    pub(super) fn push(&mut self, t: u32, text: &str, lines: &mut Vec<Line>) {
        if text.is_empty() {
            return;
        }
        let mut rest = text;
        while let Some(at) = find_break(rest) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.append(t, before, lines);
            if after.starts_with('\n') {
                self.end(t, lines);
            } else {
                self.returned = true;
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.append(t, rest, lines);
        self.tell_open(t, lines);
    }

    /// The output is over: what was held back is told.
    pub(super) fn finish(&mut self, t: u32, lines: &mut Vec<Line>) {
        if !self.pending.is_empty() {
            self.tell(t, lines);
        }
        (self.told, self.returned, self.redrawn) = (false, false, None);
    }

    /// Text within a line.
    fn append(&mut self, t: u32, text: &str, lines: &mut Vec<Line>) {
        if text.is_empty() {
            return;
        }
        if self.returned {
            self.returned = false;
            self.start_over(t, lines);
        }
        let mut text = text;
        while self.pending.len() + text.len() > LINE_CAP {
            let room = text.floor_char_boundary(LINE_CAP - self.pending.len());
            let (fits, after) = text.split_at_checked(room).unwrap_or((text, ""));
            self.pending.push_str(fits);
            self.tell(t, lines);
            text = after;
        }
        self.pending.push_str(text);
    }

    /// The line is drawn anew: what it was is dropped, but for one state a second.
    fn start_over(&mut self, t: u32, lines: &mut Vec<Line>) {
        if self.pending.is_empty() || !self.redraw_is_due(t) {
            self.pending.clear();
        } else {
            self.tell(t, lines);
            self.redrawn = Some(t);
        }
        if self.redrawn.is_none() {
            self.redrawn = Some(t);
        }
        self.told = false;
    }

    fn redraw_is_due(&self, t: u32) -> bool {
        self.redrawn
            .is_some_and(|last| t.saturating_sub(last) >= REDRAW_MS)
    }

    /// The line ended. Nothing is told when all of it was.
    fn end(&mut self, t: u32, lines: &mut Vec<Line>) {
        if !(self.pending.is_empty() && self.told) {
            self.tell(t, lines);
        }
        (self.told, self.returned, self.redrawn) = (false, false, None);
    }

    /// Tells the line as far as it goes, unless it redraws itself.
    fn tell_open(&mut self, t: u32, lines: &mut Vec<Line>) {
        let redraws = self.returned || self.redrawn.is_some();
        if self.pending.is_empty() || (redraws && !self.redraw_is_due(t)) {
            return;
        }
        if redraws {
            self.redrawn = Some(t);
        }
        self.tell(t, lines);
    }

    fn tell(&mut self, t: u32, lines: &mut Vec<Line>) {
        let text = std::mem::take(&mut self.pending);
        lines.push(Line {
            t,
            stream: self.stream,
            text,
            continues: self.told,
        });
        self.told = true;
    }
}

/// Where the next newline or carriage return is.
fn find_break(text: &str) -> Option<usize> {
    text.bytes().position(|byte| matches!(byte, b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chunks with their times in, `(text, continues)` out.
    fn lines(chunks: &[(u32, &str)]) -> Vec<(String, bool)> {
        let mut splitter = Lines::new(Stream::Stdout);
        let mut lines = Vec::new();
        for (t, chunk) in chunks {
            splitter.push(*t, chunk, &mut lines);
        }
        splitter.finish(chunks.last().map_or(0, |(t, _)| *t), &mut lines);
        lines
            .into_iter()
            .map(|line| (line.text, line.continues))
            .collect()
    }

    fn expect(chunks: &[(u32, &str)], expected: &[(&str, bool)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(text, c)| ((*text).to_owned(), *c))
            .collect();
        assert_eq!(lines(chunks), expected, "{chunks:?}");
    }

    #[test]
    fn text_becomes_lines_and_open_ones_are_continued() {
        expect(&[(0, "a\nb\n")], &[("a", false), ("b", false)]);
        expect(
            &[(0, "a"), (1, "b\nc")],
            &[("a", false), ("b", true), ("c", false)],
        );
        expect(&[(0, "a"), (1, "\nb\n")], &[("a", false), ("b", false)]);
        expect(
            &[(0, "\n\n"), (1, "\n")],
            &[("", false), ("", false), ("", false)],
        );
        expect(&[(0, "")], &[]);
    }

    #[test]
    fn windows_newlines_are_newlines_wherever_they_are_cut() {
        expect(&[(0, "a\r\nb\r\n")], &[("a", false), ("b", false)]);
        expect(
            &[(0, "a\r"), (1, "\nb\r\r\n")],
            &[("a", false), ("b", false)],
        );
        expect(&[(0, "\r\n")], &[("", false)]);
    }

    #[test]
    fn a_carriage_return_starts_the_line_over() {
        expect(&[(0, "10%\r20%\r100%\n")], &[("100%", false)]);
        expect(&[(0, "10%\r20%\r")], &[("20%", false)]);
        expect(&[(0, "abc\rx\n")], &[("x", false)]);
        // Told before the return came: it stays, and the new state is a line of its own.
        expect(
            &[(0, "10%"), (1, "\r20%"), (2, "\r30%\n")],
            &[("10%", false), ("30%", false)],
        );
    }

    #[test]
    fn a_bar_is_told_once_a_second_and_at_its_end() {
        let chunks: Vec<(u32, String)> = (0..=50_u32)
            .map(|step| (step * 100, format!("\r{}%", step * 2)))
            .collect();
        let mut chunks: Vec<(u32, &str)> = chunks.iter().map(|(t, s)| (*t, s.as_str())).collect();
        chunks.push((5_100, "\ndone\n"));
        let texts: Vec<String> = lines(&chunks).into_iter().map(|(text, _)| text).collect();
        assert!((4..=7).contains(&(texts.len() - 2)), "{texts:?}");
        assert_eq!(texts[texts.len() - 2..], ["100%", "done"]);
    }

    #[test]
    fn a_long_line_comes_in_pieces_between_characters() {
        let long = "é".repeat(LINE_CAP);
        let pieces = lines(&[(0, "x"), (0, &long), (0, "\ny\n")]);
        assert!(pieces.iter().all(|(text, _)| text.len() <= LINE_CAP));
        let (last, line) = pieces.split_last().unwrap();
        assert_eq!(last, &("y".to_owned(), false));
        assert!(line.iter().skip(1).all(|(_, continues)| *continues) && !line[0].1);
        let text: String = line.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(text, format!("x{long}"));
    }
}
