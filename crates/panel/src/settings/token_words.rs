//! What is known of a Storage token, in words: whose it is, when it ends, what it may do.

use messages::worker::{Held, Purpose, Right, TokenReport};
use ui::format::counted;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What a token needs, for the person who makes one. Kept in step with `docs/token.md`.
pub const NEEDED: [&str; 3] = [
    "access to the component kds-team.app-custom-python, to read the configuration",
    "read access to the buckets of the input tables",
    "access to all file uploads, for input files that others uploaded",
];

/// What it needs not, and better does not have.
pub const NOT_NEEDED: &str = "Nothing more: it need not write to buckets, manage tokens or be a \
                              person's own. Give it an end, and make a new one after it.";

/// Whose token it is: names and values.
#[must_use]
pub fn facts(token: &TokenReport, stack: &str) -> Vec<(&'static str, String)> {
    let mut facts = vec![(
        "Token",
        format!("“{}”, ends in {}", token.description, token.hint.last4),
    )];
    facts.extend(token.person.clone().map(|person| ("Person", person)));
    facts.extend(token.made_by.clone().map(|by| ("Made by", by)));
    facts.push((
        "Project",
        format!("{} ({})", token.project_name, token.project),
    ));
    facts.push(("Stack", stack.to_owned()));
    facts
}

/// A sentence, and whether it is a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Whether it ends within a day, or is over.
    pub warns: bool,
    /// In words.
    pub words: String,
}

/// When the token ends, seen from `now` in milliseconds since 1970.
#[must_use]
pub fn expiry(token: &TokenReport, now: u64) -> Expiry {
    let calm = |words| Expiry {
        warns: false,
        words,
    };
    let Some(written) = &token.expires else {
        return calm(if token.is_master {
            "no time is set; Keboola may end it with the session".to_owned()
        } else {
            "never".to_owned()
        });
    };
    let at = day_and_time(written);
    let Some(ends_at) = token.ends_at else {
        return calm(at);
    };
    let warning = |words| Expiry { warns: true, words };
    match ends_at.checked_sub(now) {
        None | Some(0) => warning(format!("ended at {at}. Save a new token.")),
        Some(left @ ..HOUR_MS) => warning(format!(
            "in {}. Have a new one at hand.",
            counted(left.div_ceil(60_000), "minute")
        )),
        Some(left @ ..DAY_MS) => warning(format!(
            "in {}. Have a new one at hand.",
            counted(left / HOUR_MS, "hour")
        )),
        Some(left) => calm(format!("in {}, at {at}", counted(left / DAY_MS, "day"))),
    }
}

/// `2026-12-24T10:00:00+0100` becomes `2026-12-24 10:00`.
fn day_and_time(iso: &str) -> String {
    let (day, rest) = iso.split_once('T').unwrap_or((iso, ""));
    let time: String = rest.chars().take(5).collect();
    format!("{day} {time}").trim_end().to_owned()
}

/// How a right stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    Works,
    /// It is missing.
    Missing,
    /// Nobody has told.
    Unknown,
}

/// A right in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightWords {
    /// How it stands.
    pub standing: Standing,
    /// What it is for.
    pub purpose: &'static str,
    /// What will not work and what to do about it; empty when it is there.
    pub consequence: String,
}

/// A right in words.
#[must_use]
pub fn right(right: &Right) -> RightWords {
    let purpose = match right.purpose {
        Purpose::ReadConfiguration => "Read this configuration",
        Purpose::ReadInputTables => "Read its input tables",
        Purpose::UploadFiles => "Upload files",
        Purpose::ReadFilesOfOthers => "Read files that others uploaded",
    };
    let (standing, consequence) = match &right.held {
        Held::Yes => (Standing::Works, String::new()),
        Held::No => (Standing::Missing, lacking(right.purpose).to_owned()),
        Held::Except(buckets) => (
            Standing::Missing,
            format!(
                "Not from {}: a run stops before the script. Give the token read access to {}.",
                buckets.join(", "),
                if buckets.len() == 1 {
                    "this bucket"
                } else {
                    "these buckets"
                }
            ),
        ),
        Held::Unknown => (
            Standing::Unknown,
            "Keboola did not tell. If it is missing, a run says so.".to_owned(),
        ),
    };
    RightWords {
        standing,
        purpose,
        consequence,
    }
}

fn lacking(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::ReadConfiguration => {
            "Runs do not start. Give the token access to the component kds-team.app-custom-python."
        }
        Purpose::ReadInputTables => {
            "A run with input tables stops before the script. Give the token read access to their \
             buckets."
        }
        Purpose::UploadFiles => "Uploads are refused. Save another token.",
        Purpose::ReadFilesOfOthers => {
            "Input files of others are not found, and only what this token uploaded is listed. \
             Give the token access to all file uploads."
        }
    }
}

#[cfg(test)]
mod tests {
    use messages::worker::KeyHint;

    use super::*;

    const NOW: u64 = 1_798_000_000_000;

    fn token() -> TokenReport {
        TokenReport {
            hint: KeyHint {
                last4: "Qx7b".to_owned(),
            },
            description: "for e2b".to_owned(),
            made_by: Some("ann@example.com".to_owned()),
            person: None,
            project_name: "Sales EU".to_owned(),
            project: "33".to_owned(),
            expires: None,
            ends_at: None,
            is_master: false,
            refused: false,
            rights: Vec::new(),
        }
    }

    #[test]
    fn a_token_is_told_with_maker_project_and_stack() {
        let stack = "connection.keboola.com";
        let lines = |token: &TokenReport| {
            let facts = facts(token, stack);
            facts
                .into_iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines(&token()),
            [
                "Token: “for e2b”, ends in Qx7b",
                "Made by: ann@example.com",
                "Project: Sales EU (33)",
                "Stack: connection.keboola.com",
            ]
        );
        let own = TokenReport {
            person: Some("Ann".to_owned()),
            made_by: None,
            ..token()
        };
        assert_eq!(lines(&own)[1], "Person: Ann");
    }

    #[test]
    fn the_end_is_told_from_now_and_warned_of_within_a_day() {
        let written = Some("2026-12-24T10:00:00+0100");
        let minute = 60_000;
        for (expires, ends_at, warns, words) in [
            (None, None, false, "never"),
            (written, None, false, "2026-12-24 10:00"),
            (Some("soon"), None, false, "soon"),
            (
                written,
                Some(NOW + 32 * DAY_MS + 1),
                false,
                "in 32 days, at 2026-12-24 10:00",
            ),
            (
                written,
                Some(NOW + DAY_MS),
                false,
                "in 1 day, at 2026-12-24 10:00",
            ),
            (
                written,
                Some(NOW + DAY_MS - 1),
                true,
                "in 23 hours. Have a new one at hand.",
            ),
            (
                written,
                Some(NOW + HOUR_MS),
                true,
                "in 1 hour. Have a new one at hand.",
            ),
            (
                written,
                Some(NOW + 2 * minute - 1),
                true,
                "in 2 minutes. Have a new one at hand.",
            ),
            (
                written,
                Some(NOW),
                true,
                "ended at 2026-12-24 10:00. Save a new token.",
            ),
            (
                written,
                Some(NOW - 1),
                true,
                "ended at 2026-12-24 10:00. Save a new token.",
            ),
        ] {
            let token = TokenReport {
                expires: expires.map(str::to_owned),
                ends_at,
                ..token()
            };
            let told = expiry(&token, NOW);
            assert_eq!((told.warns, told.words.as_str()), (warns, words));
        }
    }

    #[test]
    fn a_person_s_own_token_is_not_said_to_last() {
        let own = TokenReport {
            is_master: true,
            ..token()
        };
        assert!(expiry(&own, NOW).words.contains("session"));
    }

    #[test]
    fn what_is_missing_says_what_will_not_work_and_what_to_do() {
        for purpose in [
            Purpose::ReadConfiguration,
            Purpose::ReadInputTables,
            Purpose::UploadFiles,
            Purpose::ReadFilesOfOthers,
        ] {
            let told = |held| right(&Right { purpose, held });
            assert_eq!(told(Held::Yes).standing, Standing::Works);
            assert_eq!(told(Held::Yes).consequence, "");
            assert_eq!(told(Held::Unknown).standing, Standing::Unknown);
            let missing = told(Held::No);
            assert_eq!(missing.standing, Standing::Missing);
            let sentences = missing.consequence.split(". ").count();
            assert_eq!(sentences, 2, "{}", missing.consequence);
            assert!(missing.consequence.ends_with('.'));
        }
    }

    #[test]
    fn buckets_that_cannot_be_read_are_named() {
        let told = |buckets: &[&str]| {
            right(&Right {
                purpose: Purpose::ReadInputTables,
                held: Held::Except(buckets.iter().map(|it| (*it).to_owned()).collect()),
            })
        };
        assert_eq!(
            told(&["in.c-x"]).consequence,
            "Not from in.c-x: a run stops before the script. Give the token read access to this \
             bucket."
        );
        assert_eq!(
            told(&["in.c-x", "in.c-y"]).consequence,
            "Not from in.c-x, in.c-y: a run stops before the script. Give the token read access \
             to these buckets."
        );
    }

    #[test]
    fn what_the_panel_names_as_needed_is_documented() {
        let documentation = include_str!("../../../../docs/token.md");
        for needed in NEEDED {
            assert!(documentation.contains(needed), "{needed}");
        }
    }
}
