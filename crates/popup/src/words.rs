//! Keys, runs and uploads in the few words that a popup has room for.

use messages::engine::{RunPhase, RunView, Step, UploadPhase, UploadView};
use messages::worker::Keys;
use ui::format::{bytes_of, counted, rate};

/// The keys, one line each; whether each is there.
#[must_use]
pub fn key_lines(keys: &Keys) -> Vec<(bool, String)> {
    let e2b = match &keys.e2b_key {
        Some(hint) => (true, format!("e2b key, ends in {}", hint.last4)),
        None => (false, "No e2b key yet".to_owned()),
    };
    let token = match (&keys.token, keys.tokens) {
        (Some(token), _) => (true, format!("Storage token of {}", token.project_name)),
        (None, 0) => (false, "No Storage token yet".to_owned()),
        (None, number) => (
            true,
            format!(
                "Storage tokens of {}",
                counted(u64::from(number), "project")
            ),
        ),
    };
    vec![e2b, token]
}

/// What a run is doing.
#[must_use]
pub fn run_state(run: &RunView) -> String {
    match &run.phase {
        RunPhase::Stopping => "stopping".to_owned(),
        RunPhase::Ended(end) => match (&end.problem, end.exit_code) {
            (None, Some(code)) => format!("ended, exit {code}"),
            (None, None) => "ended".to_owned(),
            (Some(problem), _) => problem.code.what().to_owned(),
        },
        RunPhase::Running => run
            .steps
            .last()
            .map_or("starting", |step| doing(step.step))
            .to_owned(),
    }
}

fn doing(step: Step) -> &'static str {
    match step {
        Step::Configuration => "reading the configuration",
        Step::Sandbox => "getting a sandbox",
        Step::Packages => "installing packages",
        Step::Inputs => "fetching inputs",
        Step::Script => "running the script",
        Step::Outputs => "looking at the outputs",
    }
}

/// How far an upload is.
#[must_use]
pub fn upload_state(upload: &UploadView) -> String {
    match &upload.phase {
        UploadPhase::Preparing if upload.trouble.is_some() => "waiting".to_owned(),
        UploadPhase::Waiting => "waiting".to_owned(),
        UploadPhase::Preparing => "preparing".to_owned(),
        UploadPhase::Sending {
            sent, rate: speed, ..
        } => {
            let done = bytes_of(*sent, upload.bytes);
            if *speed > 0 {
                format!("{done} · {}", rate(*speed))
            } else {
                done
            }
        }
        UploadPhase::Paused { sent } => format!("paused at {}", bytes_of(*sent, upload.bytes)),
        UploadPhase::Interrupted { .. } => "interrupted: choose the file again".to_owned(),
        UploadPhase::Stored => "in Storage".to_owned(),
        UploadPhase::Failed(problem) => problem.code.what().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use messages::engine::{RunEnd, RunOf, SandboxCopy};
    use messages::worker::KeyHint;
    use messages::{Problem, ProblemCode};

    use super::*;

    #[test]
    fn keys_are_told_without_the_keys() {
        let keys = |last4: Option<&str>, tokens| Keys {
            e2b_key: last4.map(|it| KeyHint {
                last4: it.to_owned(),
            }),
            token: None,
            tokens,
        };
        for (keys, lines) in [
            (
                keys(None, 0),
                [(false, "No e2b key yet"), (false, "No Storage token yet")],
            ),
            (
                keys(Some("9f3a"), 1),
                [
                    (true, "e2b key, ends in 9f3a"),
                    (true, "Storage tokens of 1 project"),
                ],
            ),
        ] {
            let expected = lines.map(|(there, words)| (there, words.to_owned()));
            assert_eq!(key_lines(&keys), expected);
        }
    }

    #[test]
    fn a_run_tells_its_step_and_then_its_end() {
        let mut run = RunView {
            run: "r".to_owned(),
            configuration: "c".to_owned(),
            name: None,
            of: RunOf::Saved,
            started_at: 0,
            phase: RunPhase::Running,
            steps: Vec::new(),
            sandbox: None,
            outputs: Vec::new(),
            first_log_ms: None,
        };
        assert_eq!(run_state(&run), "starting");
        run.phase = RunPhase::Stopping;
        assert_eq!(run_state(&run), "stopping");
        let end = |exit_code, problem: Option<ProblemCode>| {
            RunPhase::Ended(Box::new(RunEnd {
                exit_code,
                signal: None,
                usage: None,
                total_ms: 1,
                problem: problem.map(Problem::new),
            }))
        };
        run.phase = end(Some(0), None);
        assert_eq!(run_state(&run), "ended, exit 0");
        run.phase = end(None, Some(ProblemCode::NoCode));
        assert_eq!(run_state(&run), "The configuration has no code.");
    }

    #[test]
    fn an_upload_tells_how_far_it_is() {
        let upload = UploadView {
            upload: "u".to_owned(),
            configuration: "c".to_owned(),
            name: "a".to_owned(),
            bytes: 45_000_000,
            content_type: String::new(),
            sha256: None,
            trouble: None,
            note: None,
            phase: UploadPhase::Sending {
                sent: 36_000_000,
                rate: 11_800_000,
                seconds_left: None,
            },
            file: None,
            sandbox: SandboxCopy::None,
            straight_to: None,
        };
        assert_eq!(upload_state(&upload), "36 of 45 MB · 11.8 MB/s");
    }
}
