//! Reads frames from chunks of any size.

use bytes::{Buf as _, Bytes, BytesMut};
use serde::Deserialize;
use thiserror::Error;

use super::{COMPRESSED, END, HEADER};

/// Reads frames from chunks as the network cut them.
#[derive(Debug)]
pub struct FrameDecoder {
    buffer: BytesMut,
    cap: usize,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Broken(FrameError),
}

/// A frame of the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// JSON of one message.
    Message(Bytes),
    /// The last frame: the stream is whole, and this is how it ended.
    End(Result<(), StreamError>),
}

/// The error that a stream ended with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct StreamError {
    /// Connect's code, such as `not_found`.
    pub code: String,
    /// In envd's words.
    pub message: String,
}

/// Why bytes are no stream of frames.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A compressed frame, which was not asked for.
    #[error("a compressed frame, which was not asked for")]
    Compressed,
    /// A flag that the protocol does not know: these are no frames.
    #[error("unknown flag {0:#04x}: not a stream of frames")]
    UnknownFlag(u8),
    /// A frame longer than the cap.
    #[error("a frame of {bytes} bytes is over the limit of {cap}")]
    Oversized {
        /// Its length.
        bytes: u32,
        /// The decoder's cap.
        cap: usize,
    },
    /// The last frame is not what it should be.
    #[error("the last frame cannot be read")]
    BadEnd,
    /// Bytes after the last frame.
    #[error("bytes after the last frame")]
    AfterEnd,
    /// The stream ended without its last frame: the connection broke.
    #[error("the stream broke off before its end")]
    Dropped,
}

impl FrameDecoder {
    /// The cap in force unless another is named, in bytes. Output comes in chunks of 32 KiB.
    pub const CAP: usize = 4 * 1024 * 1024;

    /// A decoder that refuses frames longer than [`Self::CAP`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_cap(Self::CAP)
    }

    /// A decoder that refuses frames longer than `cap` bytes, by their header alone.
    #[must_use]
    pub fn with_cap(cap: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            cap,
            state: State::Reading,
        }
    }

    /// Takes the next chunk. Call [`Self::next_frame`] until it has none left.
    pub fn push(&mut self, chunk: &[u8]) {
        match self.state {
            State::Reading => self.buffer.extend_from_slice(chunk),
            State::Ended if !chunk.is_empty() => self.state = State::Broken(FrameError::AfterEnd),
            State::Ended | State::Broken(_) => {}
        }
    }

    /// The next whole frame; `None` until more chunks come.
    ///
    /// # Errors
    /// When the bytes are no frames; every later call says the same.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        match &self.state {
            State::Reading => {}
            State::Ended => return Ok(None),
            State::Broken(error) => return Err(error.clone()),
        }
        self.read().inspect_err(|error| {
            self.buffer = BytesMut::new();
            self.state = State::Broken(error.clone());
        })
    }

    /// To be called when the reply's body is over.
    ///
    /// # Errors
    /// [`FrameError::Dropped`] when the last frame did not come: never success.
    pub fn finish(&self) -> Result<(), FrameError> {
        match &self.state {
            State::Ended => Ok(()),
            State::Reading => Err(FrameError::Dropped),
            State::Broken(error) => Err(error.clone()),
        }
    }

    fn read(&mut self) -> Result<Option<Frame>, FrameError> {
        let Some(&[flag, a, b, c, d]) = self.buffer.first_chunk::<HEADER>() else {
            // One byte is enough to see that these are no frames.
            return match self.buffer.first() {
                Some(&flag) => check(flag).map(|()| None),
                None => Ok(None),
            };
        };
        check(flag)?;
        let bytes = u32::from_be_bytes([a, b, c, d]);
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        if length > self.cap {
            return Err(FrameError::Oversized {
                bytes,
                cap: self.cap,
            });
        }
        if self.buffer.len() - HEADER < length {
            return Ok(None);
        }
        self.buffer.advance(HEADER);
        let json = self.buffer.split_to(length).freeze();
        if flag != END {
            return Ok(Some(Frame::Message(json)));
        }
        let end = read_end(&json)?;
        // Told first, as it is when they come later: how a stream is cut means nothing.
        self.state = match self.buffer.is_empty() {
            true => State::Ended,
            false => State::Broken(FrameError::AfterEnd),
        };
        Ok(Some(Frame::End(end)))
    }
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

fn check(flag: u8) -> Result<(), FrameError> {
    match flag {
        0 | END => Ok(()),
        _ if flag & !(COMPRESSED | END) == 0 => Err(FrameError::Compressed),
        _ => Err(FrameError::UnknownFlag(flag)),
    }
}

fn read_end(json: &[u8]) -> Result<Result<(), StreamError>, FrameError> {
    #[derive(Deserialize)]
    struct End {
        #[serde(default)]
        error: Option<Wire>,
    }
    #[derive(Deserialize)]
    struct Wire {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let end: End = serde_json::from_slice(json).map_err(|_| FrameError::BadEnd)?;
    Ok(match end.error {
        None => Ok(()),
        Some(Wire { code, message }) => Err(StreamError { code, message }),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::connect::encode;

    const CLEAN_END: &[u8] = &[0x02, 0, 0, 0, 2, b'{', b'}'];

    fn end_with_error() -> Vec<u8> {
        let mut frame = vec![0x02, 0, 0, 0, 0x2c];
        frame.extend_from_slice(br#"{"error":{"code":"not_found","message":"x"}}"#);
        frame
    }

    /// Frames of `bytes` given in one chunk, and how it ended.
    fn decode(bytes: &[u8]) -> (Vec<Frame>, Result<(), FrameError>) {
        decode_chunks(std::iter::once(bytes), FrameDecoder::CAP)
    }

    fn decode_chunks<'a>(
        chunks: impl Iterator<Item = &'a [u8]>,
        cap: usize,
    ) -> (Vec<Frame>, Result<(), FrameError>) {
        let mut decoder = FrameDecoder::with_cap(cap);
        let mut frames = Vec::new();
        for chunk in chunks {
            decoder.push(chunk);
            loop {
                match decoder.next_frame() {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(decoder.finish(), Err(error.clone()));
                        return (frames, Err(error));
                    }
                }
            }
        }
        (frames, decoder.finish())
    }

    /// The vectors of reference/e2b.md §3.7.
    #[test]
    fn ends_are_clean_or_say_why() {
        assert_eq!(decode(CLEAN_END), (vec![Frame::End(Ok(()))], Ok(())));
        let error = StreamError {
            code: "not_found".into(),
            message: "x".into(),
        };
        assert_eq!(
            decode(&end_with_error()),
            (vec![Frame::End(Err(error))], Ok(()))
        );
    }

    #[test]
    fn bytes_that_are_no_frames_are_refused_at_once() {
        let json_error = br#"{"code":502,"message":"The sandbox was not found"}"#;
        for (bytes, error) in [
            (&json_error[..], FrameError::UnknownFlag(b'{')),
            (b"<", FrameError::UnknownFlag(b'<')),
            (&[0x01, 0, 0, 0, 1, b'x'], FrameError::Compressed),
            (&[0x03], FrameError::Compressed),
            (
                &[0x00, 0, 0x40, 0, 1],
                FrameError::Oversized {
                    bytes: 0x40_0001,
                    cap: FrameDecoder::CAP,
                },
            ),
            (
                &[0x00, 0xff, 0xff, 0xff, 0xff],
                FrameError::Oversized {
                    bytes: u32::MAX,
                    cap: FrameDecoder::CAP,
                },
            ),
            (&[0x02, 0, 0, 0, 1, b'x'], FrameError::BadEnd),
            (&[0x02, 0, 0, 0, 0], FrameError::BadEnd),
        ] {
            assert_eq!(decode(bytes), (Vec::new(), Err(error)), "{bytes:02x?}");
        }
    }

    #[test]
    fn bytes_after_the_end_are_refused_in_whatever_chunk_they_come() {
        let at_once = [CLEAN_END, b"x"].concat();
        let chunks: [&[&[u8]]; 2] = [&[CLEAN_END, b"", b"x"], &[&at_once]];
        for chunks in chunks {
            let (frames, result) = decode_chunks(chunks.iter().copied(), FrameDecoder::CAP);
            assert_eq!(frames, [Frame::End(Ok(()))]);
            assert_eq!(result, Err(FrameError::AfterEnd));
        }
    }

    #[test]
    fn a_frame_of_exactly_the_cap_passes() {
        let (frames, _) = decode_chunks([&encode(b"12345678")[..]].into_iter(), 8);
        assert_eq!(frames, [Frame::Message(Bytes::from_static(b"12345678"))]);
        let (_, result) = decode_chunks([&encode(b"123456789")[..]].into_iter(), 8);
        assert_eq!(result, Err(FrameError::Oversized { bytes: 9, cap: 8 }));
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_frames(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
            clean in any::<bool>(),
        ) {
            let mut stream: Vec<u8> = messages.iter().flat_map(|m| encode(m).to_vec()).collect();
            stream.extend_from_slice(if clean { CLEAN_END } else { &[] });
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
            let (frames, result) = decode_chunks(chunks, 80);
            let mut expected: Vec<Frame> =
                messages.into_iter().map(|m| Frame::Message(Bytes::from(m))).collect();
            if clean {
                expected.push(Frame::End(Ok(())));
            }
            prop_assert_eq!(frames, expected);
            prop_assert_eq!(result, if clean { Ok(()) } else { Err(FrameError::Dropped) });
        }

        #[test]
        fn a_stream_cut_anywhere_is_dropped(cut in any::<prop::sample::Index>()) {
            let mut stream = encode(br#"{"event":{"start":{"pid":7}}}"#).to_vec();
            stream.extend_from_slice(CLEAN_END);
            let (_, result) = decode(&stream[..cut.index(stream.len())]);
            prop_assert_eq!(result, Err(FrameError::Dropped));
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
