//! Following the runner: its events become the run's steps, log and outputs.

use std::rc::Rc;

use e2b::{Ended, EnvdError, ProcessEvent, ProcessEvents};
use futures::StreamExt;
use messages::engine::{OutputKind, OutputView, Step};
use messages::{Problem, ProblemCode};
use runtime::event::{
    Event, EventReader, ExitReason, Outputs, RunProblemCode, StepName, StepReport, StepState,
};
use runtime::log::Stream;
use runtime::summary;
use transport::Http;
use webext::fetch::Fetch;

use super::log::Log;
use super::outcome::{Ending, Outcome};
use super::report::{Exit, Report};
use super::{Lease, Run};
use crate::state::Engine;
use crate::{problems, upload};

/// How much of the runner's own last words is kept for a detail, in bytes.
const LAST_WORDS: usize = 600;

/// Follows the runner to its end.
pub(crate) async fn follow(
    engine: &Rc<Engine>,
    run: &Rc<Run>,
    lease: &Rc<Lease>,
    mut process: ProcessEvents<<Fetch as Http>::Body>,
) -> Result<Outcome, Problem> {
    let mut follower = Follower {
        engine,
        run,
        lease,
        outcome: Outcome::default(),
        script_began: 0,
        finished: false,
        last_words: String::new(),
    };
    let mut reader = EventReader::new();
    while let Some(event) = process.next().await {
        match event {
            Ok(ProcessEvent::Stdout(bytes)) => {
                reader.push(&bytes);
                while let Some(report) = reader.next_report().map_err(not_understood)? {
                    let t = report.stamp.map_or(0, |stamp| stamp.t);
                    follower.take(report.event, t);
                }
                if follower.finished {
                    return Ok(follower.outcome);
                }
            }
            // The runner writes only events; this is Python's or the shell's.
            Ok(ProcessEvent::Stderr(bytes)) => follower.hear(&String::from_utf8_lossy(&bytes)),
            Ok(ProcessEvent::Keepalive) => {}
            Ok(ProcessEvent::End(ended)) => return Err(follower.ended_early(&ended)),
            Err(error) => return Err(lost(&error, lease).await),
        }
    }
    Err(ProblemCode::StreamLost.into())
}

struct Follower<'a> {
    engine: &'a Rc<Engine>,
    run: &'a Rc<Run>,
    lease: &'a Rc<Lease>,
    outcome: Outcome,
    script_began: u32,
    finished: bool,
    last_words: String,
}

impl Follower<'_> {
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
                Log::flush(self.engine, self.run, t.saturating_sub(self.script_began));
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
                if step == Step::Script {
                    self.script_began = t;
                }
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
        Log::output(
            self.engine,
            self.run,
            t.saturating_sub(self.script_began),
            stream,
            bytes,
        );
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

/// The stream broke. Whether the sandbox is gone or only the connection, its health tells.
async fn lost(error: &EnvdError, lease: &Lease) -> Problem {
    let health = match lease.envd() {
        Ok(envd) => envd.health().await,
        Err(problem) => return problem,
    };
    match health {
        Err(EnvdError::SandboxGone) => ProblemCode::SandboxVanished.into(),
        Ok(()) | Err(_) => problems::envd(error),
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
fn not_understood(error: runtime::event::EventError) -> Problem {
    Problem::with(ProblemCode::SandboxBroken, error.to_string())
}
