//! Lines from chunks, events from lines, each event once.

use super::read::read;
use super::{EventError, Report};

/// Reads events from chunks as the network cut them.
///
/// An event that came before (after a stream was joined again, say) is passed over; a number that is
/// left out is an error, because output would be missing without anybody knowing.
#[derive(Debug)]
pub struct EventReader {
    buffer: Vec<u8>,
    /// Where the next line begins.
    line: usize,
    /// How far the search for its end has come.
    searched: usize,
    cap: usize,
    next: u64,
    /// Bytes of the lines of all events that came.
    offset: u64,
    broken: Option<EventError>,
}

impl EventReader {
    /// The cap of a line in bytes, unless another is named. Output comes in lines of 88 KB; a list of
    /// outputs with many manifests may be longer.
    pub const CAP: usize = 16 * 1024 * 1024;

    /// A reader of the runner's output from its first event.
    #[must_use]
    pub fn new() -> Self {
        Self::with_cap(Self::CAP)
    }

    /// A reader of output that was joined again, after `before`: events that came are passed over.
    #[must_use]
    pub fn resume(before: &Self) -> Self {
        Self {
            next: before.next,
            offset: before.offset,
            ..Self::new()
        }
    }

    /// A reader that refuses lines longer than `cap` bytes.
    #[must_use]
    pub fn with_cap(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            line: 0,
            searched: 0,
            cap,
            next: 0,
            offset: 0,
            broken: None,
        }
    }

    /// Takes the next chunk. Call [`Self::next_report`] until it has none left.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        self.buffer.drain(..self.line);
        self.searched -= self.line;
        self.line = 0;
        self.buffer.extend_from_slice(chunk);
    }

    /// The next event or foreign line; `None` until more chunks come.
    ///
    /// # Errors
    /// See [`EventError`]; after one there is nothing more to read.
    pub fn next_report(&mut self) -> Result<Option<Report>, EventError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let result = self.step();
        if let Err(error) = &result {
            self.broken = Some(error.clone());
            self.buffer = Vec::new();
        }
        result
    }

    /// To be called when the output is over: a last line without its newline. Half an event is a
    /// foreign line then.
    ///
    /// # Errors
    /// See [`EventError`].
    pub fn finish(&mut self) -> Result<Option<Report>, EventError> {
        self.push(b"\n");
        self.next_report()
    }

    /// Where the next event begins in the runner's file of events, in bytes: the file holds the same
    /// lines as its output, and nothing else.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    fn step(&mut self) -> Result<Option<Report>, EventError> {
        while let Some(line) = self.take_line()? {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let report = read(&line)?;
            let Some(stamp) = report.stamp else {
                return Ok(Some(report));
            };
            if stamp.n < self.next {
                continue;
            }
            if stamp.n > self.next {
                return Err(EventError::Gap {
                    expected: self.next,
                    got: stamp.n,
                });
            }
            self.next += 1;
            self.offset += u64::try_from(line.len()).unwrap_or(u64::MAX) + 1;
            return Ok(Some(report));
        }
        Ok(None)
    }

    fn take_line(&mut self) -> Result<Option<Vec<u8>>, EventError> {
        let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(found) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.buffer.len() - self.line > self.cap {
                Err(EventError::TooLong { cap: self.cap })
            } else {
                Ok(None)
            };
        };
        let end = self.searched + found;
        let line = self.buffer.get(self.line..end).unwrap_or_default().to_vec();
        self.line = end + 1;
        self.searched = self.line;
        if line.len() > self.cap {
            Err(EventError::TooLong { cap: self.cap })
        } else {
            Ok(Some(line))
        }
    }
}

impl Default for EventReader {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::{Event, Stamp};

    const STREAM: &str = concat!(
        r#"{"n":0,"t":1,"e":"hello","protocol":1,"python":"3.11.7","uv":false,"pid":7}"#,
        "\n\n",
        r#"{"n":1,"t":2,"e":"out","s":"stdout","d":"aGk="}"#,
        "\r\nTraceback: ž\n",
        r#"{"n":2,"t":3,"e":"finished","ok":false}"#,
        "\n"
    );

    fn all(reader: &mut EventReader) -> Result<Vec<Report>, EventError> {
        let mut reports = Vec::new();
        while let Some(report) = reader.next_report()? {
            reports.push(report);
        }
        Ok(reports)
    }

    fn whole() -> Vec<Report> {
        let mut reader = EventReader::new();
        reader.push(STREAM.as_bytes());
        all(&mut reader).unwrap()
    }

    #[test]
    fn blank_lines_are_nothing_and_foreign_lines_are_kept() {
        let reports = whole();
        assert_eq!(reports.len(), 4);
        assert_eq!(reports[0].stamp, Some(Stamp { n: 0, t: 1 }));
        assert_eq!(reports[2].event, Event::Foreign("Traceback: ž".into()));
        assert_eq!(reports[3].event, Event::Finished { ok: false });
    }

    #[test]
    fn a_reader_that_goes_on_tells_only_what_is_new() {
        let mut before = EventReader::new();
        let second = STREAM.find("\r\n").unwrap() + 2;
        before.push(&STREAM.as_bytes()[..second]);
        assert_eq!(all(&mut before).unwrap().len(), 2);
        let mut reader = EventReader::resume(&before);
        reader.push(STREAM.as_bytes());
        let told: Vec<_> = all(&mut reader)
            .unwrap()
            .into_iter()
            .map(|it| it.event)
            .collect();
        let foreign = Event::Foreign("Traceback: ž".into());
        assert_eq!(told, [foreign, Event::Finished { ok: false }]);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_events(size in 1_usize..120) {
            let mut reader = EventReader::new();
            let mut reports = Vec::new();
            for chunk in STREAM.as_bytes().chunks(size) {
                reader.push(chunk);
                reports.extend(all(&mut reader).unwrap());
            }
            prop_assert_eq!(reports, whole());
            prop_assert_eq!(reader.finish(), Ok(None));
            prop_assert_eq!(reader.next, 3);
        }
    }

    /// What the runner writes into its file, and on its output: lines of very different lengths.
    fn recorded() -> Vec<u8> {
        let mut text = String::new();
        for n in 0..12_usize {
            let output = "QUJD".repeat(n * n % 7 * 3);
            text.push_str(&format!(
                "{{\"n\":{n},\"t\":{n},\"e\":\"out\",\"s\":\"stdout\",\"d\":\"{output}\"}}\n"
            ));
        }
        text.push_str("{\"n\":12,\"t\":12,\"e\":\"finished\",\"ok\":true}\n");
        text.into_bytes()
    }

    /// As the engine does it: a stream that breaks at `cut` is joined again at `joined`, in the middle
    /// of a line perhaps; the file is read from where the reader stands, first up to `written`, and
    /// again whenever something is missing or the stream is over.
    fn stitched(file: &[u8], cut: usize, joined: usize, written: usize) -> Vec<Report> {
        let mut reports = Vec::new();
        let mut reader = EventReader::new();
        reader.push(&file[..cut]);
        reports.extend(all(&mut reader).unwrap());
        let mut catch_up = |reader: &mut EventReader, end: usize| {
            *reader = EventReader::resume(reader);
            let from = usize::try_from(reader.offset()).unwrap();
            let missed = file.get(from..end).unwrap_or_default();
            let whole = missed.iter().rposition(|byte| *byte == b'\n');
            reader.push(&missed[..whole.map_or(0, |at| at + 1)]);
            reports.extend(all(reader).unwrap());
        };
        catch_up(&mut reader, written);
        reader.push(&file[joined..]);
        let mut live = Vec::new();
        let complete = loop {
            match reader.next_report() {
                Ok(Some(report)) => live.push(report),
                Ok(None) => break true,
                Err(EventError::Gap { .. }) => break false,
                Err(other) => panic!("{other}"),
            }
        };
        let finished = |reports: &[Report]| {
            reports
                .iter()
                .any(|it| matches!(it.event, Event::Finished { .. }))
        };
        if !complete || !finished(&live) {
            catch_up(&mut reader, file.len());
        }
        live.retain(|it| !matches!(it.event, Event::Foreign(_)));
        let mut joined: Vec<Report> = reports;
        joined.extend(live);
        joined.sort_by_key(|it| it.stamp.map(|stamp| stamp.n));
        joined
    }

    #[test]
    fn a_stream_cut_at_every_byte_and_joined_anywhere_is_whole() {
        let file = recorded();
        let mut reader = EventReader::new();
        reader.push(&file);
        let wanted = all(&mut reader).unwrap();
        assert_eq!(reader.offset(), u64::try_from(file.len()).unwrap());
        for cut in 0..=file.len() {
            for joined in (cut..=file.len()).step_by(7) {
                for written in [cut, joined, file.len()] {
                    let told = stitched(&file, cut, joined, written);
                    assert_eq!(
                        told, wanted,
                        "cut {cut}, joined {joined}, {written} written"
                    );
                }
            }
        }
    }

    #[test]
    fn what_came_before_comes_once_and_what_is_missing_is_told() {
        let line = |n: u64| format!("{{\"n\":{n},\"t\":0,\"e\":\"x\"}}\n");
        let mut reader = EventReader::new();
        for n in [0, 1, 0, 1, 2] {
            reader.push(line(n).as_bytes());
        }
        let numbers: Vec<_> = all(&mut reader)
            .unwrap()
            .iter()
            .map(|report| report.stamp.unwrap().n)
            .collect();
        assert_eq!(numbers, [0, 1, 2]);
        reader.push(line(5).as_bytes());
        let gap = EventError::Gap {
            expected: 3,
            got: 5,
        };
        assert_eq!(reader.next_report(), Err(gap.clone()));
        reader.push(line(3).as_bytes());
        assert_eq!(reader.next_report(), Err(gap), "it stays broken");
    }

    #[test]
    fn a_line_without_an_end_is_refused_at_the_cap() {
        for newline in [false, true] {
            let mut reader = EventReader::with_cap(8);
            reader.push(b"12345678");
            assert_eq!(reader.next_report(), Ok(None));
            reader.push(if newline { b"9\n" } else { b"9" });
            assert_eq!(
                reader.next_report(),
                Err(EventError::TooLong { cap: 8 }),
                "{newline}"
            );
        }
    }

    #[test]
    fn last_words_without_a_newline_are_heard() {
        let mut reader = EventReader::new();
        reader.push(b"{\"n\":0,\"t\":1,\"e\":\"ou");
        assert_eq!(reader.next_report(), Ok(None));
        let report = reader.finish().unwrap().unwrap();
        assert_eq!(
            report.event,
            Event::Foreign("{\"n\":0,\"t\":1,\"e\":\"ou".into())
        );
    }
}
