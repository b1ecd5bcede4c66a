//! Following the runner: its events become the run's steps, log and outputs.

use std::rc::Rc;

use e2b::{Ended, EnvdError, Pid, ProcessEvent, ProcessEvents};
use futures::StreamExt;
use messages::engine::{OutputKind, OutputView, Step};
use messages::{Problem, ProblemCode};
use runtime::event::{
    Event, EventError, EventReader, ExitReason, Outputs, RunProblemCode, StepName, StepReport,
    StepState,
};
use runtime::log::Stream;
use runtime::summary;
use transport::Http;
use webext::fetch::Fetch;

use super::log::Log;
use super::outcome::{Ending, Outcome};
use super::rejoin::{catch_up, rejoin};
use super::report::{Exit, Report};
use super::{Lease, Run};
use crate::breath::Breath;
use crate::state::Engine;
use crate::{problems, upload};

/// How much of the runner's own last words is kept for a detail, in bytes.
const LAST_WORDS: usize = 600;

/// Follows the runner to its end.
pub(crate) async fn follow(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Rc<Lease>,
    group: Pid,
    process: Option<ProcessEvents<<Fetch as Http>::Body>>,
) -> Result<Outcome, Problem> {
    let mut follower = Follower {
        engine,
        run,
        lease,
        outcome: Outcome::default(),
        began: None,
        finished: false,
        last_words: String::new(),
    };
    let mut reader = EventReader::new();
    let mut process = match process {
        Some(process) => process,
        None => {
            let lost = EnvdError::Dropped("the engine ended".to_owned());
            match follower.join(&mut reader, group, &lost).await? {
                Some(process) => process,
                None => return follower.ended_meanwhile(),
            }
        }
    };
    loop {
        let heard = follower.listen(&mut reader, &mut process).await?;
        let error = match heard {
            Heard::Finished => return Ok(follower.outcome),
            // A stream that was joined in the middle of a line lacks the line; the file has it.
            Heard::Missing(gap) => {
                let before = reader.offset();
                follower.catch_up(&mut reader).await?;
                if reader.offset() == before {
                    return Err(not_understood(gap));
                }
                if follower.finished {
                    return Ok(follower.outcome);
                }
                continue;
            }
            Heard::Ended(ended) => {
                // A sandbox that is gone cannot tell more; then this is all there is to say.
                let caught_up = follower.catch_up(&mut reader).await;
                if caught_up.is_ok() && follower.finished {
                    return Ok(follower.outcome);
                }
                return Err(follower.ended_early(&ended));
            }
            Heard::Lost(error) => error,
        };
        match follower.join(&mut reader, group, &error).await? {
            Some(again) => process = again,
            None => return follower.ended_meanwhile(),
        }
    }
}

/// Why listening came to an end.
enum Heard {
    /// The runner's last event came.
    Finished,
    /// The runner ended without it.
    Ended(Ended),
    /// An event was left out.
    Missing(EventError),
    /// The connection broke.
    Lost(EnvdError),
}

struct Follower<'a> {
    engine: &'a Rc<Engine>,
    run: &'a Rc<Run>,
    lease: &'a Rc<Lease>,
    outcome: Outcome,
    /// When the runner began with the run: it may have waited long for its plan.
    began: Option<u32>,
    finished: bool,
    last_words: String,
}

impl Follower<'_> {
    /// Joins the runner again and reads what was told meanwhile; `None` when there is no more to come.
    async fn join(
        &mut self,
        reader: &mut EventReader,
        group: Pid,
        lost: &EnvdError,
    ) -> Result<Option<ProcessEvents<<Fetch as Http>::Body>>, Problem> {
        let rejoined = rejoin(self.run.id(), self.lease, group, reader.offset(), lost).await?;
        *reader = EventReader::resume(reader);
        self.read(reader, &rejoined.told)?;
        Ok(rejoined.process.filter(|_| !self.finished))
    }

    /// The runner has ended: by itself, or too early.
    fn ended_meanwhile(self) -> Result<Outcome, Problem> {
        if self.finished {
            Ok(self.outcome)
        } else {
            Err(self.ended_early(&Ended::default()))
        }
    }

    async fn listen(
        &mut self,
        reader: &mut EventReader,
        process: &mut ProcessEvents<<Fetch as Http>::Body>,
    ) -> Result<Heard, Problem> {
        let mut breath = Breath::new();
        while let Some(event) = process.next().await {
            match event {
                Ok(ProcessEvent::Stdout(bytes)) => {
                    breath.take().await;
                    self.run.log.told().await;
                    match self.take_in(reader, &bytes) {
                        Ok(()) => {}
                        Err(gap @ EventError::Gap { .. }) => return Ok(Heard::Missing(gap)),
                        Err(other) => return Err(not_understood(other)),
                    }
                    if self.finished {
                        return Ok(Heard::Finished);
                    }
                }
                // The runner writes only events; this is Python's or the shell's.
                Ok(ProcessEvent::Stderr(bytes)) => self.hear(&String::from_utf8_lossy(&bytes)),
                Ok(ProcessEvent::Terminal(_) | ProcessEvent::Keepalive) => {}
                Ok(ProcessEvent::End(ended)) => return Ok(Heard::Ended(ended)),
                Err(error) => return Ok(Heard::Lost(error)),
            }
        }
        Ok(Heard::Lost(EnvdError::Dropped(
            "the stream ended".to_owned(),
        )))
    }

    /// Reads from the runner's file what is missing.
    async fn catch_up(&mut self, reader: &mut EventReader) -> Result<(), Problem> {
        *reader = EventReader::resume(reader);
        let told = catch_up(self.run.id(), self.lease, reader.offset()).await?;
        self.read(reader, &told)
    }

    fn read(&mut self, reader: &mut EventReader, bytes: &[u8]) -> Result<(), Problem> {
        self.take_in(reader, bytes).map_err(not_understood)
    }

    fn take_in(&mut self, reader: &mut EventReader, bytes: &[u8]) -> Result<(), EventError> {
        reader.push(bytes);
        while let Some(report) = reader.next_report()? {
            let t = report.stamp.map_or(0, |stamp| stamp.t);
            self.take(report.event, t);
        }
        Ok(())
    }

    fn take(&mut self, event: Event, t: u32) {
        let report = Report {
            engine: self.engine,
            run: self.run,
        };
        match event {
            Event::Hello(_) | Event::Unknown { .. } => {}
            Event::Step(step) => self.step(&step, t),
            Event::Input(input) => {
                if let Some(key) = &input.cache_key {
                    self.lease.holds_now(key);
                }
                upload::arrived(self.engine, &self.run.view().configuration, &input.path);
            }
            Event::Out { stream, bytes } => self.output(stream, t, &bytes),
            Event::Exit(exit) => {
                Log::flush(self.engine, self.run, self.since_began(t));
                Log::tell_all(self.engine, self.run);
                self.outcome.exit = Exit {
                    code: exit.code,
                    signal: exit.signal,
                };
                self.outcome.ending = match exit.reason {
                    ExitReason::Ended => Ending::Itself,
                    ExitReason::Stopped => Ending::Stopped,
                    ExitReason::Limit => Ending::Limit,
                };
            }
            Event::Outputs(outputs) => {
                report.done(Step::Outputs, summary::outputs(&outputs));
                self.run.change(|view| view.outputs = views(outputs));
                report.tell();
            }
            Event::Problem(problem) => {
                if problem.code == RunProblemCode::InputFailed {
                    self.lease.distrust_cache();
                }
                self.outcome.failure = Some(problems::runner(&problem));
            }
            Event::Finished { .. } => self.finished = true,
            Event::Foreign(text) => self.hear(&text),
        }
    }

    fn step(&mut self, reported: &StepReport, t: u32) {
        let report = Report {
            engine: self.engine,
            run: self.run,
        };
        let (step, detail) = match reported.step {
            StepName::Packages => (Step::Packages, summary::packages(reported)),
            StepName::Inputs => (Step::Inputs, summary::inputs(reported)),
            StepName::Script => (Step::Script, String::new()),
            StepName::Outputs => (Step::Outputs, String::new()),
        };
        match reported.state {
            StepState::Began => {
                self.began.get_or_insert(t);
                report.begin(step, "");
            }
            // The outputs are done when their list is here; its words are better.
            StepState::Done if step == Step::Outputs => {}
            StepState::Done => report.done(step, detail),
            StepState::Failed => report.fail(step),
        }
    }

    fn output(&mut self, stream: Stream, t: u32, bytes: &[u8]) {
        let first = stream != Stream::Install && !self.run.log.has_output();
        Log::output(self.engine, self.run, self.since_began(t), stream, bytes);
        if first {
            let elapsed = self.run.elapsed_ms();
            self.run.change(|view| view.first_log_ms = Some(elapsed));
            Report {
                engine: self.engine,
                run: self.run,
            }
            .tell();
        }
    }

    /// Milliseconds since the run began in the sandbox: what the log shows, installation included.
    fn since_began(&self, t: u32) -> u32 {
        t.saturating_sub(self.began.unwrap_or(0))
    }

    fn hear(&mut self, words: &str) {
        self.last_words.push_str(words);
        let surplus = self.last_words.len().saturating_sub(LAST_WORDS);
        let from = self.last_words.ceil_char_boundary(surplus);
        self.last_words.drain(..from);
    }

    /// The runner ended without its last event: it was killed, or it never came to run.
    fn ended_early(&self, ended: &Ended) -> Problem {
        let words = self.last_words.trim();
        let detail = if words.is_empty() {
            ended.status.clone()
        } else {
            words.to_owned()
        };
        let code = if ended.exited {
            ProblemCode::SandboxBroken
        } else {
            ProblemCode::ScriptKilled
        };
        Problem::with(code, detail)
    }
}

fn views(outputs: Outputs) -> Vec<OutputView> {
    let tables = outputs.tables.into_iter().map(|table| OutputView {
        kind: OutputKind::Table,
        name: table.name,
        bytes: table.bytes,
        rows: table.rows,
        columns: table.columns,
        manifest: table.manifest,
    });
    let files = outputs.files.into_iter().map(|file| OutputView {
        kind: OutputKind::File,
        name: file.name,
        bytes: file.bytes,
        rows: None,
        columns: Vec::new(),
        manifest: file.manifest,
    });
    tables.chain(files).collect()
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn not_understood(error: EventError) -> Problem {
    Problem::with(ProblemCode::SandboxBroken, error.to_string())
}
