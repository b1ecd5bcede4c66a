//! What a test of a key or a token told, in words.

use messages::ProblemCode;
use messages::worker::{E2bKeyReport, E2bKeyState, TokenReport};

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
        E2bKeyState::Unreachable(why) => (
            false,
            format!(
                "{} The key is kept, but nobody has tried it. {why}",
                ProblemCode::E2bUnreachable.what()
            ),
        ),
    };
    if let Some(warning) = &report.warning {
        words.push(' ');
        words.push_str(warning);
    }
    Verdict { good, words }
}

/// The facts of a token, each on its own line.
#[must_use]
pub fn token_facts(token: &TokenReport) -> Vec<String> {
    let ends = match &token.expires {
        Some(time) => format!("Expires {}", day_and_time(time)),
        None => "Does not expire".to_owned(),
    };
    let mut facts = vec![
        format!("“{}”, ends in {}", token.description, token.hint.last4),
        format!("Project {} ({})", token.project_name, token.project),
        ends,
    ];
    if token.is_master {
        facts.push(
            "A person's own full-power token. A token made for this work can do less harm."
                .to_owned(),
        );
    }
    facts
}

/// `2026-12-24T10:00:00+0100` becomes `2026-12-24 10:00`.
fn day_and_time(iso: &str) -> String {
    let (day, rest) = iso.split_once('T').unwrap_or((iso, ""));
    let time: String = rest.chars().take(5).collect();
    format!("{day} {time}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
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
    fn the_four_outcomes_of_a_key_test_are_told_apart() {
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
                E2bKeyState::Unreachable("No answer in 10 s.".to_owned()),
                false,
                "e2b could not be reached. The key is kept, but nobody has tried it. No answer in 10 s.",
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

    #[test]
    fn a_token_is_told_with_project_and_end() {
        let token = TokenReport {
            hint: KeyHint {
                last4: "Qx7b".to_owned(),
            },
            description: "for e2b".to_owned(),
            project_name: "Sales EU".to_owned(),
            project: "33".to_owned(),
            expires: Some("2026-12-24T10:00:00+0100".to_owned()),
            is_master: false,
            lacks: Vec::new(),
        };
        assert_eq!(
            token_facts(&token),
            [
                "“for e2b”, ends in Qx7b",
                "Project Sales EU (33)",
                "Expires 2026-12-24 10:00"
            ]
        );
    }
}
