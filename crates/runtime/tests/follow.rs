//! A recorded run's stream is cut at every byte, joined anywhere, and read on from the runner's file:
//! what is told is the recording, each event once and in order. It goes through envd's own frames.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use e2b::{Envd, EnvdAccess, EnvdError, EnvdVersion, ProcessEvent, ProcessEvents, Selector};
use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::{BoxStream, iter};
use runtime::event::{Event, EventError, EventReader, Report, Stamp};
use runtime::follow::{End, Heard, Runner, follow};
use transport::{Http, HttpError};

/// `events.ndjson` of a run of 14 lines on two streams.
const RECORDED: &[u8] = include_bytes!("recorded.ndjson");
/// What envd reads of the runner's output at a time here: lines are cut, and some are together.
const CHUNK: usize = 97;

/// One connection to the runner's output: from which byte of it on, and after which byte of the body it
/// breaks. Without a place the process runs no more. `written` is how much of the file there is when it is
/// read for the first time after that; then there is all of it.
#[derive(Clone, Copy, Debug)]
struct Connection {
    from: Option<usize>,
    cut: Option<usize>,
    written: usize,
}

/// A sandbox whose runner wrote the recording, and whose connections break as they are told to.
struct Sandbox {
    connections: RefCell<VecDeque<Connection>>,
    /// How much of the file is written.
    written: Cell<usize>,
    /// How much of it there will ever be.
    ever: usize,
    reads: Cell<usize>,
}

fn frame(flag: u8, json: &str) -> Vec<u8> {
    let mut bytes = vec![flag];
    bytes.extend_from_slice(&u32::try_from(json.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(json.as_bytes());
    bytes
}

/// The body of a stream that begins at a byte of the output.
fn body(from: usize) -> Vec<u8> {
    let mut bytes = frame(0, r#"{"event":{"start":{"pid":7}}}"#);
    for chunk in RECORDED[from..].chunks(CHUNK) {
        let text = STANDARD.encode(chunk);
        bytes.extend(frame(
            0,
            &format!(r#"{{"event":{{"data":{{"stdout":"{text}"}}}}}}"#),
        ));
    }
    let end = r#"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#;
    bytes.extend(frame(0, end));
    bytes.extend(frame(2, "{}"));
    bytes
}

/// How much of the output is in a body that ends after `cut` bytes.
fn delivered(cut: usize) -> usize {
    let mut at = frame(0, r#"{"event":{"start":{"pid":7}}}"#).len();
    let mut output = 0;
    for chunk in RECORDED.chunks(CHUNK) {
        let text = STANDARD.encode(chunk);
        at += frame(
            0,
            &format!(r#"{{"event":{{"data":{{"stdout":"{text}"}}}}}}"#),
        )
        .len();
        if at > cut {
            break;
        }
        output += chunk.len();
    }
    output
}

impl Http for Sandbox {
    type Body = BoxStream<'static, Result<Bytes, HttpError>>;

    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        self.reads.set(self.reads.get() + 1);
        let known = self.written.get();
        let range = request.headers()["range"].to_str().unwrap().to_owned();
        let (from, to) = range
            .strip_prefix("bytes=")
            .unwrap()
            .split_once('-')
            .unwrap();
        let wanted: Range<usize> = from.parse().unwrap()..to.parse::<usize>().unwrap() + 1;
        let reply = http::Response::builder();
        Ok(if wanted.start >= known {
            self.written.set(self.ever);
            reply.status(416).body(Bytes::new()).unwrap()
        } else {
            let part = &RECORDED[wanted.start..wanted.end.min(known)];
            reply.status(206).body(Bytes::from_static(part)).unwrap()
        })
    }

    async fn open(&self, _: http::Request<Bytes>) -> Result<http::Response<Self::Body>, HttpError> {
        let connection = self.connections.borrow_mut().pop_front();
        let connection = connection.ok_or(HttpError::Unreachable("one too many".to_owned()))?;
        self.written.set(connection.written);
        let Some(from) = connection.from else {
            let reply = http::Response::builder().status(404);
            let text = r#"{"code":"not_found","message":"no process"}"#;
            let body = iter([Ok(Bytes::from_static(text.as_bytes()))]).boxed();
            return Ok(reply.body(body).unwrap());
        };
        let whole = body(from);
        let cut = connection.cut.unwrap_or(whole.len()).min(whole.len());
        let mut chunks = vec![Ok(Bytes::copy_from_slice(&whole[..cut]))];
        if connection.cut.is_some() {
            chunks.push(Err(HttpError::Broken("cut".to_owned())));
        }
        let reply = http::Response::builder().header("content-type", "application/connect+json");
        Ok(reply.body(iter(chunks).boxed()).unwrap())
    }
}

/// The runner in it, and what was told of it.
struct Followed<'a> {
    envd: Envd<'a, Sandbox>,
    told: Vec<(Event, u32)>,
}

#[derive(Debug)]
#[allow(dead_code)] // told when a test fails
enum Lost {
    Event(EventError),
    Envd(EnvdError),
}

impl From<EventError> for Lost {
    fn from(error: EventError) -> Self {
        Self::Event(error)
    }
}

impl Runner for Followed<'_> {
    type Stream = ProcessEvents<<Sandbox as Http>::Body>;
    type Ended = String;
    type Error = Lost;

    async fn next(&mut self, stream: &mut Self::Stream) -> Heard<String> {
        match stream.next().await {
            Some(Ok(ProcessEvent::Stdout(bytes))) => Heard::Output(bytes),
            Some(Ok(ProcessEvent::End(ended))) => Heard::Ended(ended.status),
            Some(Ok(_)) => Heard::Aside,
            Some(Err(_)) | None => Heard::Lost,
        }
    }

    async fn join(&mut self) -> Result<Option<Self::Stream>, Lost> {
        // A connection may break before it has told its first event.
        loop {
            match self.envd.connect(&Selector::Pid(7)).await {
                Ok(stream) => return Ok(Some(stream)),
                Err(EnvdError::NotFound { .. }) => return Ok(None),
                Err(EnvdError::Dropped(_)) => {}
                Err(error) => return Err(Lost::Envd(error)),
            }
        }
    }

    async fn read(&mut self, from: u64) -> Result<Vec<u8>, Lost> {
        // In parts that cut lines.
        let part = self.envd.read_file_part("/events.ndjson", from, 333).await;
        part.map(|part| part.to_vec()).map_err(Lost::Envd)
    }

    fn take(&mut self, event: Event, t: u32) {
        self.told.push((event, t));
    }

    async fn breathe(&mut self) {}
}

type Told = (Result<End<String>, Lost>, Vec<(Event, u32)>);

fn followed(connections: &[Connection]) -> (Told, usize) {
    followed_with(connections, RECORDED.len())
}

fn followed_with(connections: &[Connection], ever: usize) -> (Told, usize) {
    let sandbox = Sandbox {
        connections: RefCell::new(connections.iter().copied().collect()),
        written: Cell::new(0),
        ever,
        reads: Cell::new(0),
    };
    let access = EnvdAccess {
        url: "http://e.test".into(),
        token: None,
        version: EnvdVersion::new(0, 9, 1),
        user: None,
        routed_to: None,
    };
    let told = block_on(async {
        let mut runner = Followed {
            envd: Envd::new(&sandbox, access),
            told: Vec::new(),
        };
        let end = follow(&mut runner, None).await;
        (end, runner.told)
    });
    (told, sandbox.reads.get())
}

/// The recording as a reader of the whole file has it.
fn wanted() -> Vec<(Event, u32)> {
    let mut reader = EventReader::new();
    reader.push(RECORDED);
    let mut all = Vec::new();
    while let Some(Report { stamp, event }) = reader.next_report().unwrap() {
        let Some(Stamp { n, t }) = stamp else {
            panic!("{event:?} is no event");
        };
        assert_eq!(usize::try_from(n).unwrap(), all.len());
        all.push((event, t));
    }
    all
}

#[test]
fn a_stream_that_is_cut_at_every_byte_is_whole() {
    let wanted = wanted();
    let all = RECORDED.len();
    let mut cuts = 0;
    for cut in 0..=body(0).len() {
        let before = delivered(cut);
        let middle = before + (all - before) / 2;
        // Joined where it broke, in the middle of a line further on, or when all is over.
        for from in [Some(before), Some(middle), None] {
            // The file ends, when it is read, where the stream was joined, or later.
            for written in [from.unwrap_or(all), all] {
                let first = Connection {
                    from: Some(0),
                    cut: Some(cut),
                    written: 0,
                };
                let second = Connection {
                    from,
                    cut: None,
                    written,
                };
                let ((end, told), reads) = followed(&[first, second]);
                let words = format!("cut {cut}, joined {from:?}, {written} written");
                assert!(matches!(end, Ok(End::Finished)), "{words}: {end:?}");
                assert_eq!(told, wanted, "{words}");
                assert!(reads > 0, "{words}");
                cuts += 1;
            }
        }
    }
    assert!(cuts > 6 * RECORDED.len(), "{cuts} streams were cut");
}

#[test]
fn a_stream_that_is_cut_again_and_again_is_whole() {
    let wanted = wanted();
    for step in [1, 13, 64, 200] {
        let place = |from: usize| Connection {
            from: (from < RECORDED.len()).then_some(from),
            cut: Some(35 + step),
            written: from.min(RECORDED.len()),
        };
        let connections: Vec<_> = (0..RECORDED.len() + step)
            .step_by(step)
            .map(place)
            .collect();
        let ((end, told), _) = followed(&connections);
        assert!(matches!(end, Ok(End::Finished)), "{step}: {end:?}");
        assert_eq!(told, wanted, "{step}");
    }
}

#[test]
fn a_runner_that_ends_without_its_last_event_ended_early() {
    let half = RECORDED.len() / 2;
    let gone = Connection {
        from: None,
        cut: None,
        written: half,
    };
    let ((end, told), _) = followed_with(&[gone], half);
    assert!(matches!(end, Ok(End::Early(None))), "{end:?}");
    assert!(!told.is_empty() && wanted().starts_with(&told));
}

#[test]
fn an_event_that_nobody_has_is_no_silent_loss() {
    let late = Connection {
        from: Some(RECORDED.len() / 2),
        cut: None,
        written: 0,
    };
    let ((end, _), _) = followed_with(&[late], 0);
    assert!(
        matches!(end, Err(Lost::Event(EventError::Gap { .. }))),
        "{end:?}"
    );
}
