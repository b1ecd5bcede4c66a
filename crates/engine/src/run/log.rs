//! The run's output on its way from bytes to the panel: decoded, masked, kept, told.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use messages::engine::{LogLine, LogStream};
use runtime::buffer::LogBuffer;
use runtime::log::{Line, LogDecoder, Stream};
use runtime::mask::Masker;
use wasm_bindgen_futures::spawn_local;
use webext::timer;

use super::Run;
use crate::breath::Breath;
use crate::state::{Engine, LINE_BYTES, LOG_MESSAGE_BYTES};

/// Text that is kept of one run's log; the oldest lines go first.
const KEPT_BYTES: usize = 32 * 1024 * 1024;
/// How long lines are gathered before listeners are told, in milliseconds: two frames. The first
/// line after a pause is told at once.
const GATHER_MS: u32 = 32;
/// So many lines may wait to be told; more are not read from the sandbox until then.
const UNTOLD_LINES: usize = 16_000;

/// A run's log.
pub(crate) struct Log {
    decoder: RefCell<LogDecoder>,
    kept: RefCell<LogBuffer<LogLine>>,
    untold: RefCell<VecDeque<LogLine>>,
    gathering: Cell<bool>,
    has_output: Cell<bool>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            decoder: RefCell::new(LogDecoder::new(Masker::default())),
            kept: RefCell::new(LogBuffer::new(KEPT_BYTES)),
            untold: RefCell::default(),
            gathering: Cell::new(false),
            has_output: Cell::new(false),
        }
    }
}

impl Log {
    /// From now on these values are masked. To be called before any output.
    pub(crate) fn mask<'a>(&self, secrets: impl Iterator<Item = &'a str>) {
        self.decoder.replace(LogDecoder::new(Masker::new(secrets)));
    }

    /// Whether the script has written anything.
    pub(crate) fn has_output(&self) -> bool {
        self.has_output.get()
    }

    /// The lines that are kept, and how many came before them.
    pub(crate) fn lines(&self) -> Vec<LogLine> {
        let kept = self.kept.borrow();
        let gone = (kept.dropped() > 0).then(|| LogLine {
            t: kept.iter().next().map_or(0, |oldest| oldest.t),
            stream: LogStream::Note,
            text: format!("{} earlier lines are no longer kept.", kept.dropped()),
            continues: false,
        });
        gone.into_iter().chain(kept.iter().cloned()).collect()
    }

    /// Takes a chunk of output.
    pub(crate) fn output(engine: &Rc<Engine>, run: &Rc<Run>, t: u32, stream: Stream, bytes: &[u8]) {
        if stream != Stream::Install {
            run.log.has_output.set(true);
        }
        let lines = run.log.decoder.borrow_mut().push(t, stream, bytes);
        Self::tell(engine, run, lines.into_iter().map(log_line).collect());
    }

    /// What was held back, when the output is over.
    pub(crate) fn flush(engine: &Rc<Engine>, run: &Rc<Run>, t: u32) {
        let lines = run.log.decoder.borrow_mut().flush(t);
        Self::tell(engine, run, lines.into_iter().map(log_line).collect());
    }

    /// Keeps lines and tells every listener, gathered while many come.
    pub(crate) fn tell(engine: &Rc<Engine>, run: &Rc<Run>, lines: Vec<LogLine>) {
        if lines.is_empty() {
            return;
        }
        for line in &lines {
            run.log
                .kept
                .borrow_mut()
                .push(line.clone(), line.text.len(), line.continues);
        }
        run.log.untold.borrow_mut().extend(lines);
        if run.log.gathering.replace(true) {
            return;
        }
        engine.publish_log(run.id(), run.log.next_untold());
        let (engine, run) = (engine.clone(), run.clone());
        spawn_local(async move {
            loop {
                timer::sleep_ms(GATHER_MS).await;
                if run.log.untold.borrow().is_empty() {
                    break;
                }
                let mut breath = Breath::new();
                loop {
                    let lines = run.log.next_untold();
                    if lines.is_empty() {
                        break;
                    }
                    engine.publish_log(run.id(), lines);
                    breath.take().await;
                }
            }
            run.log.gathering.set(false);
        });
    }

    /// Waits while more lines are untold than a moment takes to tell: what ends a run is not to overtake
    /// its lines by far.
    pub(crate) async fn told(&self) {
        while self.gathering.get() && self.untold.borrow().len() > UNTOLD_LINES {
            timer::sleep_ms(1).await;
        }
    }

    /// Tells every listener what is kept and was not told yet.
    pub(crate) fn tell_all(engine: &Engine, run: &Run) {
        loop {
            let lines = run.log.next_untold();
            if lines.is_empty() {
                return;
            }
            engine.publish_log(run.id(), lines);
        }
    }

    /// The lines of the next message.
    fn next_untold(&self) -> Vec<LogLine> {
        let mut untold = self.untold.borrow_mut();
        let mut bytes = 0;
        let mut lines = Vec::new();
        while bytes < LOG_MESSAGE_BYTES
            && let Some(line) = untold.pop_front()
        {
            bytes += line.text.len() + LINE_BYTES;
            lines.push(line);
        }
        lines
    }
}

fn log_line(line: Line) -> LogLine {
    LogLine {
        t: line.t,
        stream: match line.stream {
            Stream::Stdout => LogStream::Stdout,
            Stream::Stderr => LogStream::Stderr,
            Stream::Install => LogStream::Install,
        },
        text: line.text,
        continues: line.continues,
    }
}
