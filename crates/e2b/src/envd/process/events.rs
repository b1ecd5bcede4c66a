//! The events of a process, as a stream that never takes a broken connection for an end.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::{Either, select};
use futures::{Stream, StreamExt as _};
use transport::HttpError;

use super::wire::{self, Said};
use super::{Pid, ProcessEvent};
use crate::EnvdError;
use crate::connect::{Frame, FrameDecoder, FrameError};

/// Events of a process, in order. After [`ProcessEvent::End`] and after an error it is over. Dropping
/// it leaves the process alone.
#[derive(Debug)]
pub struct ProcessEvents<B> {
    /// Number of the process.
    pub pid: Pid,
    body: B,
    decoder: FrameDecoder,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// The process ended; the stream must still end properly.
    Ended,
    Over,
}

impl<B: Stream<Item = Result<Bytes, HttpError>> + Unpin> ProcessEvents<B> {
    /// Waits for the first event, which names the process.
    pub(super) async fn begin(mut body: B) -> Result<Self, EnvdError> {
        let mut decoder = FrameDecoder::new();
        loop {
            match decoder.next_frame()? {
                Some(Frame::Message(json)) => match wire::read(&json)? {
                    Said::Started(pid) => {
                        return Ok(Self {
                            pid,
                            body,
                            decoder,
                            state: State::Running,
                        });
                    }
                    Said::Event(ProcessEvent::Keepalive) | Said::Unknown => {}
                    Said::Event(_) => return Err(out_of_order()),
                },
                Some(Frame::End(end)) => {
                    end?;
                    return Err(FrameError::Dropped.into());
                }
                None => match body.next().await {
                    Some(chunk) => decoder.push(&chunk?),
                    None => return Err(FrameError::Dropped.into()),
                },
            }
        }
    }

    /// The next event, or [`EnvdError::Dropped`] when `silence` is over before it: envd says every 50 s
    /// that the connection lives, and a connection may die without anybody being told.
    pub async fn next_within(
        &mut self,
        silence: impl Future<Output = ()>,
    ) -> Option<Result<ProcessEvent, EnvdError>> {
        match select(self.next(), pin!(silence)).await {
            Either::Left((event, _)) => event,
            Either::Right(_) => self.fail(EnvdError::Dropped("nothing came for long".to_owned())),
        }
    }

    /// What the buffered frames give; `None` when a chunk is needed.
    fn step(&mut self) -> Option<Option<Result<ProcessEvent, EnvdError>>> {
        loop {
            let frame = match self.decoder.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return None,
                Err(error) => return Some(self.fail(error.into())),
            };
            match frame {
                Frame::Message(json) => match wire::read(&json) {
                    Ok(Said::Event(event)) if self.state == State::Running => {
                        if matches!(event, ProcessEvent::End(_)) {
                            self.state = State::Ended;
                        }
                        return Some(Some(Ok(event)));
                    }
                    Ok(Said::Started(_) | Said::Event(_)) => {
                        return Some(self.fail(out_of_order()));
                    }
                    Ok(Said::Unknown) => {}
                    Err(error) => return Some(self.fail(error)),
                },
                Frame::End(Err(error)) => return Some(self.fail(error.into())),
                Frame::End(Ok(())) if self.state == State::Ended => {
                    self.state = State::Over;
                    return Some(None);
                }
                // Ended properly, but the process did not: it goes on without us.
                Frame::End(Ok(())) => {
                    return Some(self.fail(FrameError::Dropped.into()));
                }
            }
        }
    }

    /// How it ended is known once the end event came: a connection that breaks after it is no loss.
    fn fail(&mut self, error: EnvdError) -> Option<Result<ProcessEvent, EnvdError>> {
        let known = self.state == State::Ended;
        self.state = State::Over;
        (!known).then_some(Err(error))
    }
}

/// A second start, output before the first, output after the end: none of envd's.
fn out_of_order() -> EnvdError {
    EnvdError::UnexpectedReply {
        what: "events out of order".to_owned(),
    }
}

impl<B: Stream<Item = Result<Bytes, HttpError>> + Unpin> Stream for ProcessEvents<B> {
    type Item = Result<ProcessEvent, EnvdError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.state == State::Over {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = this.step() {
                return Poll::Ready(item);
            }
            match this.body.poll_next_unpin(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(chunk))) => this.decoder.push(&chunk),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(this.fail(error.into())),
                Poll::Ready(None) => return Poll::Ready(this.fail(FrameError::Dropped.into())),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use futures::executor::block_on;
    use proptest::prelude::*;

    use super::super::Ended;
    use super::*;
    use crate::connect::encode;

    pub(in super::super) const START: &str = r#"{"event":{"start":{"pid":7}}}"#;
    pub(in super::super) const HI: &str = r#"{"event":{"data":{"stdout":"aGk="}}}"#;
    pub(in super::super) const END: &str =
        r#"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#;
    pub(in super::super) const CLEAN: &[u8] = &[0x02, 0, 0, 0, 2, b'{', b'}'];

    pub(in super::super) fn stream(messages: &[&str], tail: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = messages
            .iter()
            .flat_map(|m| encode(m.as_bytes()).to_vec())
            .collect();
        bytes.extend_from_slice(tail);
        bytes
    }

    fn events(chunks: Vec<Result<Bytes, HttpError>>) -> Vec<Result<ProcessEvent, EnvdError>> {
        block_on(async {
            match ProcessEvents::begin(futures::stream::iter(chunks)).await {
                Ok(events) => {
                    assert_eq!(events.pid, 7);
                    events.collect().await
                }
                Err(error) => vec![Err(error)],
            }
        })
    }

    fn ended() -> ProcessEvent {
        ProcessEvent::End(Ended {
            exited: true,
            status: "exit status 0".into(),
            ..Ended::default()
        })
    }

    fn whole() -> Vec<Result<ProcessEvent, EnvdError>> {
        vec![Ok(ProcessEvent::Stdout(b"hi".into())), Ok(ended())]
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_events(size in 1_usize..200) {
            let bytes = stream(&[START, "{}", HI, END], CLEAN);
            let chunks = bytes.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
            prop_assert_eq!(events(chunks), whole());
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_dropped_wherever_it_does() {
        let bytes = stream(&[START, HI, END], CLEAN);
        let before_end = bytes.len() - CLEAN.len();
        for cut in 0..before_end {
            let last = events(vec![Ok(Bytes::copy_from_slice(&bytes[..cut]))]).pop();
            assert!(
                matches!(last, Some(Err(EnvdError::Dropped(_)))),
                "cut at {cut}: {last:?}"
            );
        }
        for cut in before_end..bytes.len() {
            assert_eq!(
                events(vec![Ok(Bytes::copy_from_slice(&bytes[..cut]))]),
                whole(),
                "{cut}"
            );
        }
    }

    #[test]
    fn a_stream_begins_with_its_start() {
        let out_of_order = |result: Option<&Result<ProcessEvent, EnvdError>>| {
            matches!(result, Some(Err(EnvdError::UnexpectedReply { .. })))
        };
        let one = |messages: &[&str]| events(vec![Ok(Bytes::from(stream(messages, CLEAN)))]);
        assert!(out_of_order(one(&[HI, START]).first()));
        assert!(out_of_order(one(&[START, HI, START]).last()));
        assert_eq!(
            one(&["{}", r#"{"event":{"keepalive":{}}}"#, START, HI, END]),
            whole()
        );
        assert_eq!(one(&[START, END, HI]).len(), 1, "how it ended is known");
    }

    #[test]
    fn errors_of_the_network_and_of_the_stream_end_it() {
        let first = || Ok(Bytes::from(stream(&[START], b"")));
        let broken = vec![first(), Err(HttpError::Broken("reset".into()))];
        assert_eq!(events(broken)[0], Err(EnvdError::Dropped("reset".into())));

        let json = br#"{"error":{"code":"not_found","message":"no process"}}"#;
        let mut end = vec![0x02, 0, 0, 0, json.len().try_into().unwrap()];
        end.extend_from_slice(json);
        assert_eq!(
            events(vec![first(), Ok(Bytes::from(end))])[0],
            Err(EnvdError::NotFound {
                message: "no process".into()
            })
        );

        let early = events(vec![first(), Ok(Bytes::from_static(CLEAN))]);
        assert!(matches!(early[0], Err(EnvdError::Dropped(_))), "{early:?}");
        assert_eq!(early.len(), 1);
    }

    #[test]
    fn a_stream_that_is_silent_for_too_long_is_dropped() {
        use futures::future::{pending, ready};

        let said = |messages: &[&str]| {
            let bytes = Ok(Bytes::from(stream(messages, b"")));
            futures::stream::iter([bytes]).chain(futures::stream::pending())
        };
        block_on(async {
            let mut events = ProcessEvents::begin(said(&[START, HI])).await.unwrap();
            let hi = events.next_within(pending()).await;
            assert!(matches!(hi, Some(Ok(ProcessEvent::Stdout(_)))), "{hi:?}");
            let silent = events.next_within(ready(())).await;
            assert!(
                matches!(silent, Some(Err(EnvdError::Dropped(_)))),
                "{silent:?}"
            );
            assert_eq!(events.next_within(pending()).await, None, "it is over");

            let mut ended = ProcessEvents::begin(said(&[START, END])).await.unwrap();
            assert!(ended.next_within(ready(())).await.is_some());
            assert_eq!(ended.next_within(ready(())).await, None, "its end is known");
        });
    }
}
