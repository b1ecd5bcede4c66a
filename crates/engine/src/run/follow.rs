//! Following the runner: its events become the run's steps, log and outputs.

use std::rc::Rc;

use e2b::{Ended, EnvdError, Pid, ProcessEvent, ProcessEvents, Selector};
use messages::engine::{OutputKind, OutputView, RunUsage, Step};
use messages::{Problem, ProblemCode};
use runtime::event::{
    Event, EventError, ExitReason, Outputs, RunProblemCode, StepName, StepReport, StepState,
};
use runtime::follow::{self, End, Heard, Runner};
use runtime::log::Stream;
use runtime::summary;
use transport::Http;
use webext::fetch::Fetch;
use webext::timer;

use super::attempt::note;
use super::lease::is_gone;
use super::log::Log;
use super::outcome::{Ending, Outcome};
use super::patience::patiently;
use super::report::{Exit, Report};
use super::runner::events_of;
use super::{Lease, Run};
use crate::breath::Breath;
use crate::state::Engine;
use crate::{problems, upload};

/// How much of the runner's own last words is kept for a detail, in bytes.
const LAST_WORDS: usize = 600;
/// How much of the runner's file is read at a time, in bytes: what is taken in between two breaths.
pub(crate) const EVENTS_PART: u64 = 1024 * 1024;
/// How long a stream may be silent, in milliseconds: envd says every 50 s that the connection lives.
pub(crate) const EVENTS_SILENCE_MS: u32 = 120_000;

/// Why a run has no outcome.
pub(super) struct Failed {
    pub(super) problem: Problem,
    /// Whether the runner is over for sure; else its script may go on.
    pub(super) over: bool,
}

impl Failed {
    /// The runner may go on, unless its sandbox is gone.
    pub(super) fn lost(problem: Problem) -> Self {
        let over = is_gone(&problem);
        Self { problem, over }
    }

    fn over(problem: Problem) -> Self {
        Self {
            problem,
            over: true,
        }
    }
}

impl From<EventError> for Failed {
    fn from(error: EventError) -> Self {
        Self::lost(Problem::with(ProblemCode::SandboxBroken, error.to_string()))
    }
}

/// Follows the runner to its end.
pub(super) async fn follow(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Rc<Lease>,
    group: Pid,
    process: Option<ProcessEvents<<Fetch as Http>::Body>>,
) -> Result<Outcome, Failed> {
    let mut follower = Follower {
        engine,
        run,
        lease,
        group,
        outcome: Outcome::default(),
        began: None,
        last_words: String::new(),
        breath: Breath::new(),
    };
    match follow::follow(&mut follower, process).await? {
        End::Finished => Ok(follower.outcome),
        End::Early(ended) => Err(Failed::over(
            follower.ended_early(&ended.unwrap_or_default()),
        )),
    }
}

struct Follower<'a> {
    engine: &'a Rc<Engine>,
    run: &'a Rc<Run>,
    lease: &'a Rc<Lease>,
    group: Pid,
    outcome: Outcome,
    /// When the runner began with the run: it may have waited long for its plan.
    began: Option<u32>,
    last_words: String,
    breath: Breath,
}

impl Runner for Follower<'_> {
    type Stream = ProcessEvents<<Fetch as Http>::Body>;
    type Ended = Ended;
    type Error = Failed;

    async fn next(&mut self, stream: &mut Self::Stream) -> Heard<Ended> {
        let event = stream.next_within(timer::sleep_ms(EVENTS_SILENCE_MS)).await;
        match event {
            Some(Ok(ProcessEvent::Stdout(bytes))) => Heard::Output(bytes),
            // The runner writes only events; this is Python's or the shell's.
            Some(Ok(ProcessEvent::Stderr(bytes))) => {
                self.hear(&String::from_utf8_lossy(&bytes));
                Heard::Aside
            }
            Some(Ok(ProcessEvent::Terminal(_) | ProcessEvent::Keepalive)) => Heard::Aside,
            Some(Ok(ProcessEvent::End(ended))) => Heard::Ended(ended),
            Some(Err(_)) | None => Heard::Lost,
        }
    }

    async fn join(&mut self) -> Result<Option<Self::Stream>, Failed> {
        // Of a runner that was over before it was found, the file is all there is.
        if self.group == 0 {
            return Ok(None);
        }
        let runner = Selector::Pid(self.group);
        let joined = patiently(self.engine, self.run, self.lease, async |envd| {
            envd.connect(&runner).await
        });
        match joined.await {
            Ok(stream) => Ok(Some(stream)),
            Err(EnvdError::NotFound { .. }) => Ok(None),
            Err(error) => Err(Failed::lost(problems::envd(&error))),
        }
    }

    async fn read(&mut self, from: u64) -> Result<Vec<u8>, Failed> {
        let path = events_of(self.run.id());
        let told = patiently(self.engine, self.run, self.lease, async |envd| {
            envd.read_file_part(&path, from, EVENTS_PART).await
        });
        let told = told.await.map_err(|error| problems::envd(&error));
        told.map(Vec::from).map_err(Failed::lost)
    }

    async fn breathe(&mut self) {
        self.breath.take().await;
        self.run.log.told().await;
    }

    fn take(&mut self, event: Event, t: u32) {
        let report = Report {
            engine: self.engine,
            run: self.run,
        };
        match event {
            Event::Hello(_) | Event::Unknown { .. } | Event::Finished { .. } => {}
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
                let usage = exit.peak_memory.zip(exit.cpu_ms);
                self.outcome.exit = Exit {
                    code: exit.code,
                    signal: exit.signal,
                    usage: usage.map(|(peak_memory, cpu_ms)| RunUsage {
                        peak_memory,
                        cpu_ms,
                    }),
                };
                self.outcome.out_of_memory = exit.out_of_memory;
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
            Event::Capped => {}
            Event::Missing { .. } => {
                let words = "Output is missing here: it came while the connection was broken, and the \
                             sandbox keeps 512 MiB of it.";
                Log::tell(self.engine, self.run, vec![note(words)]);
            }
            Event::Foreign(text) => self.hear(&text),
        }
    }
}

impl Follower<'_> {
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
