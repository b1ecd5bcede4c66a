//! Lines from chunks, events from lines, each event once.

use super::read::read;
use super::{Event, EventError, Report};

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
    /// Whether the output may begin in the middle of a line.
    inside: bool,
    /// Whether the file lacks output from here on.
    capped: bool,
    /// Whether events that are missing are told as missing.
    goes_on: bool,
    /// An event that comes after what is missing.
    held: Option<Report>,
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

    /// A reader of output that was joined again, after `before`: events that came are passed over, and
    /// so is what stands before the first end of a line, unless it is an event. It may be the rest of a
    /// line of output, which no one is to see undecoded and unmasked.
    #[must_use]
    pub fn resume(before: &Self) -> Self {
        Self {
            next: before.next,
            offset: before.offset,
            inside: true,
            capped: before.capped,
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
            inside: false,
            capped: false,
            goes_on: false,
            held: None,
            broken: None,
        }
    }

    /// Whether the file lacks output from here on: what is missing then is nowhere.
    #[must_use]
    pub fn is_capped(&self) -> bool {
        self.capped
    }

    /// From now on events that are missing are told as [`Event::Missing`] and are no error.
    pub fn go_on(&mut self) {
        self.goes_on = true;
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
            if !matches!(error, EventError::Gap { .. }) {
                self.buffer = Vec::new();
            }
        }
        result
    }

    /// After a gap: what was pushed from the event on that came too early.
    #[must_use]
    pub fn after_gap(&self) -> &[u8] {
        self.buffer.get(self.line..).unwrap_or_default()
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
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        while let Some(line) = self.take_line()? {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let report = read(&line)?;
            let may_be_cut = std::mem::replace(&mut self.inside, false);
            let Some(stamp) = report.stamp else {
                if may_be_cut {
                    continue;
                }
                return Ok(Some(report));
            };
            if stamp.n < self.next {
                continue;
            }
            let missing = stamp.n - self.next;
            if missing > 0 && !self.goes_on {
                self.line -= line.len() + 1;
                return Err(EventError::Gap {
                    expected: self.next,
                    got: stamp.n,
                });
            }
            self.next = stamp.n + 1;
            // Output is not in a file that was capped before it.
            if !(self.capped && matches!(report.event, Event::Out { .. })) {
                self.offset += u64::try_from(line.len()).unwrap_or(u64::MAX) + 1;
            }
            self.capped |= report.event == Event::Capped;
            if missing == 0 {
                return Ok(Some(report));
            }
            self.held = Some(report);
            return Ok(Some(Report {
                stamp: Some(stamp),
                event: Event::Missing { count: missing },
            }));
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
    use crate::event::Stamp;

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

    #[test]
    fn the_rest_of_a_line_of_output_is_nobodys_last_words() {
        let mut before = EventReader::new();
        before.push(b"{\"n\":0,\"t\":1,\"e\":\"x\"}\n");
        assert_eq!(all(&mut before).unwrap().len(), 1);
        let mut reader = EventReader::resume(&before);
        reader.push(b"c2VjcmV0\"}\nTraceback\n{\"n\":1,\"t\":1,\"e\":\"x\"}\n");
        let told: Vec<_> = all(&mut reader)
            .unwrap()
            .into_iter()
            .map(|it| it.event)
            .collect();
        let kind = "x".to_owned();
        assert_eq!(
            told,
            [Event::Foreign("Traceback".into()), Event::Unknown { kind }]
        );
        let mut whole = EventReader::resume(&before);
        whole.push(b"{\"n\":1,\"t\":1,\"e\":\"x\"}\n");
        assert_eq!(all(&mut whole).unwrap().len(), 1, "a whole line is read");
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
    fn what_a_capped_file_lacks_is_told_and_its_place_is_known() {
        let line = |n: u64, rest: &str| format!("{{\"n\":{n},\"t\":0,\"e\":{rest}}}\n");
        let out = r#""out","s":"stdout","d":"aGk=""#;
        let mut reader = EventReader::new();
        for text in [
            line(0, "\"capped\""),
            line(1, out),
            line(2, out),
            line(3, "\"x\""),
        ] {
            reader.push(text.as_bytes());
        }
        assert_eq!(all(&mut reader).unwrap().len(), 4);
        assert!(reader.is_capped());
        let file = line(0, "\"capped\"") + &line(3, "\"x\"");
        assert_eq!(reader.offset(), u64::try_from(file.len()).unwrap());
        let mut reader = EventReader::resume(&reader);
        reader.go_on();
        reader.push(line(9, "\"x\"").as_bytes());
        let told: Vec<_> = all(&mut reader)
            .unwrap()
            .into_iter()
            .map(|it| it.event)
            .collect();
        let kind = "x".to_owned();
        assert_eq!(told, [Event::Missing { count: 5 }, Event::Unknown { kind }]);
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
