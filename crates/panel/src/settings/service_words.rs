//! What a check of the service found, in words.

use messages::worker::{Found, Offer, SandboxReport, ServiceReport};
use messages::{Problem, ProblemCode};

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It works.
    Good,
    /// It works, with a loss that is named.
    Less,
    /// It does not work.
    Bad,
}

/// A line of the report.
pub type Finding = (Meaning, String);

/// The lines, in the order in which things were tried.
#[must_use]
pub fn findings(report: &ServiceReport) -> Vec<Finding> {
    let mut lines = Vec::new();
    match &report.api {
        Ok(ms) => lines.push((
            Meaning::Good,
            format!("The API takes the key and answered in {ms} ms."),
        )),
        Err(problem) => lines.push((Meaning::Bad, sentence(problem))),
    }
    match &report.sandbox {
        None => {}
        Some(Err(problem)) => lines.push((Meaning::Bad, sentence(problem))),
        Some(Ok(sandbox)) => of_sandbox(sandbox, &mut lines),
    }
    lines
}

fn of_sandbox(sandbox: &SandboxReport, lines: &mut Vec<Finding>) {
    lines.push((
        Meaning::Good,
        format!(
            "A sandbox was created in {} ms, with envd {}.",
            sandbox.created_ms, sandbox.envd_version
        ),
    ));
    if let Some(domain) = &sandbox.other_domain {
        lines.push((
            Meaning::Less,
            format!(
                "The service names {domain} as the domain of its sandboxes, not yours; calls go \
                 there. Set its E2B_DOMAIN to your domain, or enter {domain} here."
            ),
        ));
    }
    match &sandbox.command {
        Ok(ms) => lines.push((
            Meaning::Good,
            format!("A command ran in it, start to end in {ms} ms: runs will work."),
        )),
        Err(problem) => lines.push((Meaning::Bad, sentence(problem))),
    }
    for (offer, found) in &sandbox.offers {
        match found {
            Found::There => {}
            Found::Absent => lines.push((Meaning::Less, lack(*offer).to_owned())),
            Found::Untold => lines.push((
                Meaning::Less,
                format!("{} could not be told. Check again later.", question(*offer)),
            )),
        }
    }
    if sandbox.offers.iter().all(|(_, it)| *it == Found::There) {
        lines.push((Meaning::Good, "Nothing is missing.".to_owned()));
    }
    if let Some(problem) = &sandbox.left {
        lines.push((
            Meaning::Less,
            format!(
                "The sandbox of this check could not be ended, and ends itself within a minute. {}",
                sentence(problem)
            ),
        ));
    }
}

/// What is lost when it is not there.
fn lack(offer: Offer) -> &'static str {
    match offer {
        Offer::SecuredAccess => {
            "Sandboxes have no token of their own: whoever knows an id can reach its files."
        }
        Offer::Timeout => "The life of a sandbox cannot be lengthened: choose it long enough.",
        Offer::Connect => {
            "Sandboxes cannot be paused and woken again, and a run is lost when the browser closes."
        }
        Offer::Metrics => "Use of CPU and memory is not told.",
        Offer::Templates => "Templates are not listed: enter them by name.",
        Offer::NoInternet => "Sandboxes reach the internet also where Settings forbid it.",
        Offer::RawUpload => "Files are sent in a form (an older envd): a little slower.",
        Offer::Compose => "Parts of large files are joined by a command (an older envd).",
    }
}

/// What could not be answered.
fn question(offer: Offer) -> &'static str {
    match offer {
        Offer::SecuredAccess => "Whether sandboxes have a token of their own",
        Offer::Timeout => "Whether the life of a sandbox can be lengthened",
        Offer::Connect => "Whether sandboxes can be woken and runs joined again",
        Offer::Metrics => "Whether use of CPU and memory is told",
        Offer::Templates => "Whether templates are listed",
        Offer::NoInternet => "Whether sandboxes can be kept from the internet",
        Offer::RawUpload => "Whether files are taken without a form",
        Offer::Compose => "Whether parts of large files are joined by the service",
    }
}

fn sentence(problem: &Problem) -> String {
    let code: ProblemCode = problem.code;
    let detail = problem.detail.as_deref().unwrap_or_default();
    let words = format!("{} {} {}", code.what(), code.action(), detail);
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox() -> SandboxReport {
        SandboxReport {
            created_ms: 412,
            envd_version: "0.9.1".to_owned(),
            other_domain: None,
            command: Ok(31),
            offers: vec![
                (Offer::Metrics, Found::There),
                (Offer::Compose, Found::There),
            ],
            left: None,
        }
    }

    fn report(sandbox: SandboxReport) -> ServiceReport {
        ServiceReport {
            api: Ok(52),
            sandbox: Some(Ok(sandbox)),
        }
    }

    #[test]
    fn a_service_that_has_all_is_four_good_lines() {
        let lines = findings(&report(sandbox()));
        let words: Vec<&str> = lines.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(
            words,
            [
                "The API takes the key and answered in 52 ms.",
                "A sandbox was created in 412 ms, with envd 0.9.1.",
                "A command ran in it, start to end in 31 ms: runs will work.",
                "Nothing is missing.",
            ]
        );
        assert!(lines.iter().all(|(meaning, _)| *meaning == Meaning::Good));
    }

    #[test]
    fn each_thing_that_is_missing_is_said_with_what_it_costs() {
        let all = [
            Offer::SecuredAccess,
            Offer::Timeout,
            Offer::Connect,
            Offer::Metrics,
            Offer::Templates,
            Offer::NoInternet,
            Offer::RawUpload,
            Offer::Compose,
        ];
        for (found, as_untold) in [(Found::Absent, 0), (Found::Untold, all.len())] {
            let lines = findings(&report(SandboxReport {
                offers: all.map(|offer| (offer, found)).to_vec(),
                ..sandbox()
            }));
            let less = lines
                .iter()
                .filter(|(meaning, _)| *meaning == Meaning::Less);
            assert_eq!(less.count(), all.len());
            let says = |part: &str| lines.iter().filter(|(_, it)| it.contains(part)).count();
            assert_eq!(says("could not be told"), as_untold);
            assert_eq!(says("Nothing is missing"), 0);
        }
    }

    #[test]
    fn what_does_not_work_ends_the_list() {
        let refused = ServiceReport {
            api: Err(ProblemCode::E2bKeyInvalid.into()),
            sandbox: None,
        };
        let lines = findings(&refused);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].0, Meaning::Bad);
        assert!(lines[0].1.starts_with("e2b does not know this key."));
        let mismatch = ServiceReport {
            api: Ok(1),
            sandbox: Some(Err(Problem::with(
                ProblemCode::DomainMismatch,
                "The service says a.test; Settings say b.test.",
            ))),
        };
        let lines = findings(&mismatch);
        assert_eq!(lines[1].0, Meaning::Bad);
        assert!(
            lines[1].1.ends_with("Settings say b.test."),
            "{}",
            lines[1].1
        );
    }

    #[test]
    fn another_domain_and_a_sandbox_that_stays_are_said() {
        let lines = findings(&report(SandboxReport {
            other_domain: Some("x.test".to_owned()),
            left: Some(ProblemCode::E2bUnreachable.into()),
            command: Err(ProblemCode::SandboxBroken.into()),
            ..sandbox()
        }));
        let with = |meaning, words: &str| {
            lines
                .iter()
                .any(|line| line.0 == meaning && line.1.contains(words))
        };
        assert!(with(Meaning::Less, "names x.test"));
        assert!(with(Meaning::Less, "ends itself within a minute"));
        assert!(with(Meaning::Bad, "answered in a way"));
    }
}
