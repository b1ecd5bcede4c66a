//! What a test of the e2b key told, in words.

use messages::ProblemCode;
use messages::worker::{E2bKeyReport, E2bKeyState};

/// A report in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether all is well.
    pub good: bool,
    /// The sentence.
    pub words: String,
}

/// What e2b said of the key.
#[must_use]
pub fn key_verdict(report: &E2bKeyReport) -> Verdict {
    let refused = |code: ProblemCode| format!("{} {} {}", code.what(), code.why(), code.action());
    let (good, mut words) = match &report.state {
        E2bKeyState::Valid {
            running,
            latency_ms,
        } => {
            let running = match running {
                Some(0) => " No sandbox runs now.".to_owned(),
                Some(1) => " 1 sandbox runs now.".to_owned(),
                Some(number) => format!(" {number} sandboxes run now."),
                None => String::new(),
            };
            (
                true,
                format!("The key works.{running} e2b answered in {latency_ms} ms."),
            )
        }
        E2bKeyState::Invalid => (false, refused(ProblemCode::E2bKeyInvalid)),
        E2bKeyState::Blocked => (false, refused(ProblemCode::E2bKeyBlocked)),
        E2bKeyState::Unknown(problem) => {
            let what = problem.code.what();
            let detail = problem.detail.as_deref().unwrap_or_default();
            let words = match problem.code {
                ProblemCode::E2bUnreachable => {
                    format!("{what} The key is kept, but nobody has tried it. {detail}")
                }
                code => {
                    let action = code.action();
                    format!(
                        "{what} The key is kept; whether it works is not known. {action} {detail}"
                    )
                }
            };
            (false, words.trim_end().to_owned())
        }
    };
    if let Some(warning) = &report.warning {
        words.push(' ');
        words.push_str(warning);
    }
    Verdict { good, words }
}

#[cfg(test)]
mod tests {
    use messages::Problem;
    use messages::worker::KeyHint;

    use super::*;

    fn report(state: E2bKeyState) -> E2bKeyReport {
        E2bKeyReport {
            hint: KeyHint {
                last4: "9f3a".to_owned(),
            },
            state,
            warning: None,
        }
    }

    #[test]
    fn the_outcomes_of_a_key_test_are_told_apart() {
        let valid = |running| E2bKeyState::Valid {
            running,
            latency_ms: 143,
        };
        for (state, good, begins) in [
            (
                valid(Some(2)),
                true,
                "The key works. 2 sandboxes run now. e2b answered in 143 ms.",
            ),
            (
                valid(Some(1)),
                true,
                "The key works. 1 sandbox runs now. e2b answered in 143 ms.",
            ),
            (valid(None), true, "The key works. e2b answered in 143 ms."),
            (E2bKeyState::Invalid, false, "e2b does not know this key."),
            (
                E2bKeyState::Blocked,
                false,
                "e2b knows the key, but its team is blocked.",
            ),
            (
                E2bKeyState::Unknown(Problem::with(
                    ProblemCode::E2bUnreachable,
                    "No answer in 10 s.",
                )),
                false,
                "e2b could not be reached. The key is kept, but nobody has tried it. No answer in 10 s.",
            ),
            (
                E2bKeyState::Unknown(Problem::with(ProblemCode::RateLimited, "wait 7 s")),
                false,
                "Too many requests in a short time. The key is kept; whether it works is not known.",
            ),
            (
                E2bKeyState::Unknown(ProblemCode::ApiMissing.into()),
                false,
                "There is no e2b API at this address. The key is kept; whether it works is not known. Correct",
            ),
        ] {
            let verdict = key_verdict(&report(state));
            assert_eq!(verdict.good, good, "{begins}");
            assert!(verdict.words.starts_with(begins), "{}", verdict.words);
        }
    }

    #[test]
    fn a_doubt_about_the_shape_is_added() {
        let mut report = report(E2bKeyState::Invalid);
        report.warning = Some("It looks cut off.".to_owned());
        assert!(key_verdict(&report).words.ends_with("It looks cut off."));
    }
}
