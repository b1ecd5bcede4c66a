//! Following a runner to its end over streams that break: every event once and in order.
//!
//! A stream tells what the runner writes while somebody listens; what it wrote meanwhile is in its file
//! (`runner/PROTOCOL.md`). So a stream is joined first and the file read then: what is in both is told
//! once, by the events' numbers, and what is in neither a number tells. Whoever does the IO is a
//! [`Runner`].

use crate::event::{Event, EventError, EventReader};

/// What a stream says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<E> {
    /// Bytes of the runner's output.
    Output(Vec<u8>),
    /// Nothing of the runner's own output.
    Aside,
    /// The process ended.
    Ended(E),
    /// The connection broke.
    Lost,
}

/// How following came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<E> {
    /// The runner's last event came.
    Finished,
    /// The runner ended without it; how, where that is known.
    Early(Option<E>),
}

/// The runner of a run, as it is reached.
// Driven on one thread, as all of our IO.
#[allow(async_fn_in_trait)]
pub trait Runner {
    /// A connection to its output.
    type Stream;
    /// How its process ended.
    type Ended;
    /// Why it can be followed no more.
    type Error: From<EventError>;

    /// What the stream says next.
    async fn next(&mut self, stream: &mut Self::Stream) -> Heard<Self::Ended>;

    /// Joins its output, from now on; `None` when its process has ended.
    ///
    /// # Errors
    /// When that cannot be done, and will not be possible later.
    async fn join(&mut self) -> Result<Option<Self::Stream>, Self::Error>;

    /// A part of its file of events from byte `from` on, of a bounded size; nothing at its end.
    ///
    /// # Errors
    /// As [`Runner::join`].
    async fn read(&mut self, from: u64) -> Result<Vec<u8>, Self::Error>;

    /// An event, `t` milliseconds after the runner began.
    fn take(&mut self, event: Event, t: u32);

    /// Lets others have the thread now and then.
    async fn breathe(&mut self);
}

/// Follows the runner to its end; without a `stream` it is joined first.
///
/// # Errors
/// When it can be followed no more: it may go on all the same.
pub async fn follow<R: Runner>(
    runner: &mut R,
    stream: Option<R::Stream>,
) -> Result<End<R::Ended>, R::Error> {
    let mut following = Following {
        runner,
        reader: EventReader::new(),
        finished: false,
    };
    let mut stream = stream;
    loop {
        let Some(open) = &mut stream else {
            stream = following.runner.join().await?;
            following.catch_up(stream.is_none()).await?;
            if following.finished {
                return Ok(End::Finished);
            }
            if stream.is_none() {
                return Ok(End::Early(None));
            }
            continue;
        };
        match following.runner.next(open).await {
            Heard::Output(bytes) => {
                following.runner.breathe().await;
                match following.take_in(&bytes) {
                    Ok(()) => {}
                    Err(gap @ EventError::Gap { .. }) => following.fill(gap).await?,
                    Err(other) => return Err(other.into()),
                }
                if following.finished {
                    return Ok(End::Finished);
                }
            }
            Heard::Aside => {}
            Heard::Ended(ended) => {
                // A sandbox that is gone cannot tell more; then this is all there is to say.
                let caught_up = following.catch_up(true).await;
                return Ok(match caught_up {
                    Ok(()) if following.finished => End::Finished,
                    _ => End::Early(Some(ended)),
                });
            }
            Heard::Lost => stream = None,
        }
    }
}

struct Following<'a, R> {
    runner: &'a mut R,
    reader: EventReader,
    finished: bool,
}

impl<R: Runner> Following<'_, R> {
    /// A stream that was joined in the middle of a line lacks the line, and one that was not read for
    /// long lacks many; the file has them.
    async fn fill(&mut self, gap: EventError) -> Result<(), R::Error> {
        let before = self.reader.offset();
        let early = self.reader.after_gap().to_vec();
        self.catch_up(false).await?;
        if self.reader.offset() == before {
            return Err(gap.into());
        }
        // A capped file does not have it.
        match self.take_in(&early) {
            Err(EventError::Gap { .. }) => self.reader = EventReader::resume(&self.reader),
            taken => taken?,
        }
        Ok(())
    }

    /// Reads from the file what is missing. A line that is half written comes whole by the next reading.
    /// What a capped file lacks may still come by the stream, unless the runner is `over`.
    async fn catch_up(&mut self, over: bool) -> Result<(), R::Error> {
        self.reader = EventReader::resume(&self.reader);
        let mut from = self.reader.offset();
        loop {
            let part = self.runner.read(from).await?;
            if part.is_empty() {
                break;
            }
            from += u64::try_from(part.len()).unwrap_or(u64::MAX);
            match self.take_in(&part) {
                Err(EventError::Gap { .. }) if self.reader.is_capped() => {
                    self.reader = EventReader::resume(&self.reader);
                    if !over {
                        break;
                    }
                    self.reader.go_on();
                    from = self.reader.offset();
                }
                taken => taken?,
            }
            self.runner.breathe().await;
        }
        self.reader = EventReader::resume(&self.reader);
        if self.reader.is_capped() {
            self.reader.go_on();
        }
        Ok(())
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<(), EventError> {
        self.reader.push(bytes);
        while let Some(report) = self.reader.next_report()? {
            self.finished |= matches!(report.event, Event::Finished { .. });
            let t = report.stamp.map_or(0, |stamp| stamp.t);
            self.runner.take(report.event, t);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures::executor::block_on;

    use super::*;

    /// What a runner does while it is followed: its streams, one after the other, and its file, which has
    /// grown whenever it is read.
    struct Told {
        streams: VecDeque<Option<VecDeque<Heard<()>>>>,
        files: VecDeque<String>,
        told: Vec<String>,
    }

    impl Runner for Told {
        type Stream = VecDeque<Heard<()>>;
        type Ended = ();
        type Error = EventError;

        async fn next(&mut self, stream: &mut Self::Stream) -> Heard<()> {
            stream.pop_front().unwrap_or(Heard::Lost)
        }

        async fn join(&mut self) -> Result<Option<Self::Stream>, EventError> {
            Ok(self.streams.pop_front().unwrap())
        }

        async fn read(&mut self, from: u64) -> Result<Vec<u8>, EventError> {
            let file = self.files.front().unwrap().as_bytes();
            let from = usize::try_from(from).unwrap();
            let part = file[from.min(file.len())..].to_vec();
            if part.is_empty() && self.files.len() > 1 {
                self.files.pop_front();
            }
            Ok(part)
        }

        fn take(&mut self, event: Event, _: u32) {
            self.told.push(match event {
                Event::Out { bytes, .. } => String::from_utf8(bytes).unwrap(),
                Event::Missing { count } => format!("{count} missing"),
                Event::Capped => "capped".to_owned(),
                Event::Finished { .. } => "finished".to_owned(),
                other => format!("{other:?}"),
            });
        }

        async fn breathe(&mut self) {}
    }

    fn line(n: u64, rest: &str) -> String {
        format!("{{\"n\":{n},\"t\":0,\"e\":{rest}}}\n")
    }

    #[test]
    fn what_a_capped_file_lacks_comes_by_the_stream_or_is_told_as_missing() {
        let out = |n| line(n, r#""out","s":"stdout","d":"aGk=""#);
        let capped = line(1, r#""capped""#);
        let finished = |n| line(n, r#""finished","ok":true"#);
        let heard = |text: String| Heard::Output(text.into_bytes());
        let begun = out(0) + &capped;
        for (streams, files, wanted) in [
            // All of it came by a stream that was joined in time.
            (
                vec![Some(vec![heard(out(2)), heard(out(3) + &finished(4))])],
                vec![begun.clone() + &finished(4)],
                vec!["hi", "capped", "hi", "hi", "finished"],
            ),
            // What was told between two streams is nowhere.
            (
                vec![
                    Some(vec![heard(out(2))]),
                    Some(vec![heard(out(5)), heard(finished(6))]),
                ],
                vec![begun.clone()],
                vec!["hi", "capped", "hi", "2 missing", "hi", "finished"],
            ),
            // What came too early is not lost because it is not in the file.
            (
                vec![Some(vec![heard(out(3) + &out(4)), heard(finished(5))])],
                vec![out(0), begun.clone()],
                vec!["hi", "capped", "1 missing", "hi", "hi", "finished"],
            ),
            // When the runner is over, the file's end is all there is.
            (
                vec![Some(vec![heard(out(2))]), None],
                vec![begun.clone() + &finished(9)],
                vec!["hi", "capped", "hi", "6 missing", "finished"],
            ),
            (
                vec![Some(vec![heard(out(2)), Heard::Ended(())])],
                vec![begun.clone(), begun.clone() + &finished(9)],
                vec!["hi", "capped", "hi", "6 missing", "finished"],
            ),
        ] {
            let mut runner = Told {
                streams: streams
                    .into_iter()
                    .map(|it| it.map(VecDeque::from))
                    .collect(),
                files: files.into(),
                told: Vec::new(),
            };
            let end = block_on(follow(&mut runner, None));
            assert_eq!(end, Ok(End::Finished), "{:?}", runner.told);
            assert_eq!(runner.told, wanted);
        }
    }
}
