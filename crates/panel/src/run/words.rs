//! A run in words: its steps, its end.

use messages::ProblemCode;
use messages::engine::{OutputKind, OutputView, RunEnd, RunPhase, RunView, Step, StepView};
use ui::format::{bytes, counted, duration};

/// Outputs that the end's line names; the others are counted.
const NAMED_OUTPUTS: usize = 2;

/// The name of a step.
#[must_use]
pub fn step_name(step: Step) -> &'static str {
    match step {
        Step::Configuration => "Configuration",
        Step::Sandbox => "Sandbox",
        Step::Packages => "Packages",
        Step::Inputs => "Inputs",
        Step::Script => "Script",
        Step::Outputs => "Outputs",
    }
}

/// How long a step has taken at `now`, both in milliseconds.
#[must_use]
pub fn step_time(step: &StepView, started_at: u64, now: u64) -> u64 {
    match step.took_ms {
        Some(took) => u64::from(took),
        None => now.saturating_sub(started_at + u64::from(step.began_ms)),
    }
}

/// The line of a run's end: `exit 0 · 9.3 s · out/tables/summary.csv 214 rows`.
#[must_use]
pub fn end_line(run: &RunView) -> Option<String> {
    let RunPhase::Ended(end) = &run.phase else {
        return None;
    };
    let mut parts = vec![exit(end), duration(u64::from(end.total_ms))];
    if let Some(usage) = &end.usage {
        parts.push(format!("peak memory {}", bytes(usage.peak_memory)));
        parts.push(format!("CPU {}", duration(usage.cpu_ms)));
    }
    parts.extend(run.outputs.iter().take(NAMED_OUTPUTS).map(output));
    let more = run.outputs.len().saturating_sub(NAMED_OUTPUTS);
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    Some(parts.join(" · "))
}

fn exit(end: &RunEnd) -> String {
    let stopped = match end.problem.as_ref().map(|it| it.code) {
        Some(ProblemCode::RunStopped) => Some("stopped"),
        Some(ProblemCode::StopUnseen) => Some("given up"),
        Some(ProblemCode::RunLimit) => Some("stopped at its time limit"),
        _ => None,
    };
    match (stopped, &end.signal, end.exit_code) {
        (Some(stopped), _, _) => stopped.to_owned(),
        (None, Some(signal), _) => format!("killed by {signal}"),
        (None, None, Some(code)) => format!("exit {code}"),
        (None, None, None) => "no exit code".to_owned(),
    }
}

/// `out/tables/summary.csv 214 rows`.
fn output(output: &OutputView) -> String {
    let size = output
        .rows
        .map_or_else(|| bytes(output.bytes), |rows| counted(rows, "row"));
    format!("{} {size}", output_path(output))
}

/// Where an output stands below `/data`.
#[must_use]
pub fn output_path(output: &OutputView) -> String {
    let folder = match output.kind {
        OutputKind::Table => "out/tables",
        OutputKind::File => "out/files",
    };
    format!("{folder}/{}", output.name)
}

/// What a screen reader is told when a run goes on.
#[must_use]
pub fn announcement(run: &RunView) -> String {
    match &run.phase {
        RunPhase::Running => match run.steps.last() {
            Some(step) => format!("Running: {}", step_name(step.step)),
            None => "Running".to_owned(),
        },
        RunPhase::Stopping => "Stopping".to_owned(),
        // The end is read out from its own line.
        RunPhase::Ended(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use messages::Problem;
    use messages::engine::{RunOf, RunUsage};

    use super::*;

    fn run(end: RunEnd, outputs: Vec<OutputView>) -> RunView {
        RunView {
            run: "r".to_owned(),
            configuration: "c".to_owned(),
            name: None,
            of: RunOf::Saved,
            started_at: 1_000,
            phase: RunPhase::Ended(Box::new(end)),
            steps: Vec::new(),
            sandbox: None,
            outputs,
            first_log_ms: None,
        }
    }

    fn end(exit_code: Option<i32>, signal: Option<&str>, problem: Option<ProblemCode>) -> RunEnd {
        RunEnd {
            exit_code,
            signal: signal.map(str::to_owned),
            total_ms: 9_349,
            usage: None,
            problem: problem.map(Problem::new),
        }
    }

    fn file(kind: OutputKind, name: &str, rows: Option<u64>) -> OutputView {
        OutputView {
            kind,
            name: name.to_owned(),
            bytes: 1_200_000,
            rows,
            columns: Vec::new(),
            manifest: None,
        }
    }

    #[test]
    fn the_end_tells_what_the_script_used() {
        let usage = Some(RunUsage {
            peak_memory: 184_000_000,
            cpu_ms: 3_200,
        });
        let end = RunEnd {
            usage,
            ..end(Some(0), None, None)
        };
        assert_eq!(
            end_line(&run(end, Vec::new())).as_deref(),
            Some("exit 0 · 9.3 s · peak memory 184 MB · CPU 3.2 s")
        );
    }

    #[test]
    fn the_end_tells_how_it_ended() {
        for (end, line) in [
            (end(Some(0), None, None), "exit 0 · 9.3 s"),
            (
                end(Some(1), None, Some(ProblemCode::ScriptFailed)),
                "exit 1 · 9.3 s",
            ),
            (
                end(None, Some("SIGKILL"), Some(ProblemCode::ScriptKilled)),
                "killed by SIGKILL · 9.3 s",
            ),
            (
                end(None, Some("SIGTERM"), Some(ProblemCode::RunStopped)),
                "stopped · 9.3 s",
            ),
            (
                end(None, None, Some(ProblemCode::RunLimit)),
                "stopped at its time limit · 9.3 s",
            ),
            (
                end(None, None, Some(ProblemCode::NoCode)),
                "no exit code · 9.3 s",
            ),
        ] {
            assert_eq!(end_line(&run(end, Vec::new())).unwrap(), line);
        }
    }

    #[test]
    fn the_end_names_a_few_outputs_and_counts_the_rest() {
        let outputs = vec![
            file(OutputKind::Table, "summary.csv", Some(214)),
            file(OutputKind::File, "plot.png", None),
            file(OutputKind::File, "a", None),
            file(OutputKind::File, "b", None),
        ];
        assert_eq!(
            end_line(&run(end(Some(0), None, None), outputs)).unwrap(),
            "exit 0 · 9.3 s · out/tables/summary.csv 214 rows · out/files/plot.png 1.2 MB · 2 more"
        );
    }

    #[test]
    fn a_step_that_goes_on_is_timed_from_the_press_of_run() {
        let mut step = StepView {
            step: Step::Script,
            began_ms: 500,
            took_ms: None,
            failed: false,
            detail: String::new(),
        };
        assert_eq!(step_time(&step, 1_000, 4_500), 3_000);
        assert_eq!(step_time(&step, 1_000, 0), 0);
        step.took_ms = Some(7);
        assert_eq!(step_time(&step, 1_000, 4_500), 7);
    }

    #[test]
    fn a_run_that_goes_on_has_no_end_line() {
        let mut run = run(end(None, None, None), Vec::new());
        run.phase = RunPhase::Stopping;
        assert_eq!(end_line(&run), None);
        assert_eq!(announcement(&run), "Stopping");
    }
}
