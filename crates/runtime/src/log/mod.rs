//! The output of a run on its way from bytes to lines that a person reads.
//!
//! For each stream: characters are put together over chunks, secrets are masked, text becomes lines.
//! In that order, because a secret may be cut by a chunk and may hold a newline.

mod lines;
mod utf8;

use serde::Deserialize;

use crate::mask::Masker;
use lines::Lines;
use utf8::Utf8Decoder;

/// Where output was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// The script's standard output.
    Stdout,
    /// The script's standard error.
    Stderr,
    /// The package installer.
    Install,
}

/// A line of the log, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When its last part was written, in the clock of what was pushed (milliseconds).
    pub t: u32,
    /// Where it was written to.
    pub stream: Stream,
    /// Its text without the newline, secrets masked; at most [`LINE_CAP`] bytes.
    pub text: String,
    /// Whether it continues the line before of the same stream, which had not ended.
    pub continues: bool,
}

/// A longer line comes in pieces; in bytes.
pub const LINE_CAP: usize = 16 * 1024;

/// Turns chunks of output into lines.
///
/// A line that has not ended is told as far as it goes when its chunk ends, and the rest
/// [continues](Line::continues) it, so that a prompt or a dot a second is seen at once.
///
/// A carriage return starts the line over, as on a terminal: of a bar that redraws itself only the
/// last state is kept, and on the way there one state a second, each as a line of its own.
#[derive(Debug)]
pub struct LogDecoder {
    stdout: Channel,
    stderr: Channel,
    install: Channel,
}

#[derive(Debug)]
struct Channel {
    utf8: Utf8Decoder,
    masker: Masker,
    lines: Lines,
}

impl LogDecoder {
    /// A decoder that masks what `masker` knows.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // Its state so far must not be used elsewhere.
    pub fn new(masker: Masker) -> Self {
        let channel = |stream| Channel {
            utf8: Utf8Decoder::default(),
            masker: masker.fresh(),
            lines: Lines::new(stream),
        };
        Self {
            stdout: channel(Stream::Stdout),
            stderr: channel(Stream::Stderr),
            install: channel(Stream::Install),
        }
    }

    /// The lines that a chunk of output at `t` gives.
    pub fn push(&mut self, t: u32, stream: Stream, bytes: &[u8]) -> Vec<Line> {
        let channel = self.channel(stream);
        let text = channel.utf8.push(bytes);
        let masked = channel.masker.push(&text);
        let mut lines = Vec::new();
        channel.lines.push(t, &masked, &mut lines);
        lines
    }

    /// What was held back, when the output is over: half a character, what could have become a
    /// secret, the last state of a bar.
    pub fn flush(&mut self, t: u32) -> Vec<Line> {
        let mut lines = Vec::new();
        for stream in [Stream::Install, Stream::Stdout, Stream::Stderr] {
            let channel = self.channel(stream);
            let mut masked = channel.masker.push(channel.utf8.finish());
            masked.push_str(&channel.masker.finish());
            channel.lines.push(t, &masked, &mut lines);
            channel.lines.finish(t, &mut lines);
        }
        lines
    }

    fn channel(&mut self, stream: Stream) -> &mut Channel {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
            Stream::Install => &mut self.install,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoder(secrets: &[&str]) -> LogDecoder {
        LogDecoder::new(Masker::new(secrets))
    }

    /// Pieces put together again as a viewer does, per stream.
    fn joined(lines: &[Line], stream: Stream) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for line in lines.iter().filter(|line| line.stream == stream) {
            match texts.last_mut() {
                Some(last) if line.continues => last.push_str(&line.text),
                _ => texts.push(line.text.clone()),
            }
        }
        texts
    }

    #[test]
    fn streams_do_not_mix() {
        let mut decoder = decoder(&[]);
        let mut lines = decoder.push(1, Stream::Stdout, b"a\xc3");
        lines.extend(decoder.push(2, Stream::Stderr, b"Traceback\n  File"));
        lines.extend(decoder.push(3, Stream::Stdout, b"\xa9b\n"));
        lines.extend(decoder.push(4, Stream::Stderr, b" x\n"));
        assert_eq!(joined(&lines, Stream::Stdout), ["aéb"]);
        assert_eq!(joined(&lines, Stream::Stderr), ["Traceback", "  File x"]);
        assert!(decoder.flush(5).is_empty());
    }

    #[test]
    fn half_a_character_at_the_end_is_told() {
        let mut decoder = decoder(&[]);
        let mut lines = decoder.push(1, Stream::Stdout, b"caf\xc3");
        assert_eq!(joined(&lines, Stream::Stdout), ["caf"]);
        lines.extend(decoder.flush(2));
        assert_eq!(joined(&lines, Stream::Stdout), ["caf\u{fffd}"]);
    }

    #[test]
    fn a_secret_over_two_chunks_and_two_lines_is_masked() {
        let mut decoder = decoder(&["top\nsecret"]);
        let mut lines = decoder.push(1, Stream::Stdout, b"a top\nse");
        lines.extend(decoder.push(2, Stream::Stdout, b"cret b\nto"));
        lines.extend(decoder.flush(3));
        assert_eq!(joined(&lines, Stream::Stdout), ["a *** b", "to"]);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_text(
            text in "[a-zé€\u{10348}\n ]{0,300}",
            size in 1_usize..50,
        ) {
            let mut decoder = decoder(&["abcd", "zz é"]);
            let mut lines = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                lines.extend(decoder.push(0, Stream::Stdout, chunk));
            }
            lines.extend(decoder.flush(0));
            let masked = Masker::new(["abcd", "zz é"]).mask(&text);
            let mut expected: Vec<String> = masked.split('\n').map(str::to_owned).collect();
            if expected.last().is_some_and(String::is_empty) {
                expected.pop();
            }
            prop_assert_eq!(joined(&lines, Stream::Stdout), expected);
        }

        #[test]
        fn any_bytes_pass(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..40) {
            let mut decoder = decoder(&["\u{fffd}\u{fffd}ab"]);
            for chunk in bytes.chunks(size) {
                for line in decoder.push(0, Stream::Stderr, chunk) {
                    prop_assert!(!line.text.contains(['\n', '\r']));
                }
            }
            decoder.flush(0);
        }
    }
}
