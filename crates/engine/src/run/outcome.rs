//! How the script ended, and what that means.

use messages::{Problem, ProblemCode};

use super::report::Exit;

/// Why the script ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, or by a signal of somebody else.
    #[default]
    Itself,
    /// By Stop.
    Stopped,
    /// By the run's time limit.
    Limit,
}

/// What the runner told by the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The script's end.
    pub(crate) exit: Exit,
    /// Why it ended.
    pub(crate) ending: Ending,
    /// Whether the sandbox's memory was used up meanwhile.
    pub(crate) out_of_memory: bool,
    /// What kept the script from running.
    pub(crate) failure: Option<Problem>,
}

impl Outcome {
    /// The outcome of a run that was stopped: whatever else went wrong by that is no news.
    pub(crate) fn stopped(self) -> Self {
        Self {
            ending: Ending::Stopped,
            failure: None,
            ..self
        }
    }

    /// What went wrong; `None` is success.
    pub(crate) fn problem(&self) -> Option<Problem> {
        if let Some(failure) = &self.failure {
            return Some(failure.clone());
        }
        match (self.ending, self.exit.code, &self.exit.signal) {
            (Ending::Stopped, _, _) => Some(ProblemCode::RunStopped.into()),
            (Ending::Limit, _, _) => Some(ProblemCode::RunLimit.into()),
            (Ending::Itself, Some(0), None) => None,
            // Whoever it was that the system ended: the script ended badly for it.
            (Ending::Itself, code, signal) if self.out_of_memory => {
                let exit = code.map(|code| format!("exit code {code}"));
                let detail = signal.clone().or(exit).unwrap_or_default();
                Some(Problem::with(ProblemCode::OutOfMemory, detail))
            }
            (Ending::Itself, _, Some(signal)) => {
                Some(Problem::with(ProblemCode::ScriptKilled, signal.clone()))
            }
            (Ending::Itself, Some(code), None) => Some(Problem::with(
                ProblemCode::ScriptFailed,
                format!("exit code {code}"),
            )),
            (Ending::Itself, None, None) => Some(Problem::with(
                ProblemCode::SandboxBroken,
                "the runner told no exit",
            )),
        }
    }
}
