//! An upload in words.

use messages::engine::{UploadPhase, UploadView};
use messages::worker::StoredFile;
use messages::{Problem, ProblemCode};
use ui::format::{bytes, bytes_of, counted, rate, time_left};

/// Size and type: `1.2 MB · text/csv`.
#[must_use]
pub fn kind(size: u64, content_type: &str) -> String {
    let content_type = if content_type.is_empty() {
        "unknown type"
    } else {
        content_type
    };
    format!("{} · {content_type}", bytes(size))
}

/// How much of a chosen file was read for its checksum.
#[must_use]
pub fn checksum_read(read: u64, whole: u64) -> String {
    match (read, whole) {
        (0, _) | (_, 0) => "checksum: waiting…".to_owned(),
        // A file that grows meanwhile fails in the end.
        _ => format!("checksum: {} % read", read.min(whole) * 100 / whole),
    }
}

/// How much of a download has come.
#[must_use]
pub fn bytes_fetched(received: u64, whole: Option<u64>) -> String {
    match whole {
        Some(whole) => format!("downloading: {}", bytes_of(received.min(whole), whole)),
        None => format!("downloading: {}", bytes(received)),
    }
}

/// How much of a download was compared with its checksum.
#[must_use]
pub fn bytes_checked(read: u64, whole: Option<u64>) -> String {
    match whole {
        Some(whole) => format!("checking: {}", bytes_of(read.min(whole), whole)),
        None => format!("checking: {}", bytes(read)),
    }
}

/// How far the bytes are: the facts that are known, in order.
#[must_use]
pub fn progress(upload: &UploadView) -> Vec<String> {
    match &upload.phase {
        UploadPhase::Waiting => vec!["Waiting for its turn".to_owned()],
        UploadPhase::Preparing => match &upload.trouble {
            Some(words) => vec![words.clone()],
            None => vec!["Preparing…".to_owned()],
        },
        UploadPhase::Sending { sent, .. } if *sent >= upload.bytes && upload.bytes > 0 => {
            let last = match &upload.trouble {
                Some(words) => format!("{words}; trying again"),
                None => "finishing…".to_owned(),
            };
            vec![bytes_of(*sent, upload.bytes), last]
        }
        UploadPhase::Sending {
            sent,
            rate: speed,
            seconds_left,
        } => {
            let mut facts = vec![bytes_of(*sent, upload.bytes)];
            if *speed > 0 {
                facts.push(rate(*speed));
            }
            match &upload.trouble {
                Some(words) => facts.push(format!("{words}; trying again")),
                None => facts.extend(seconds_left.map(time_left)),
            }
            facts
        }
        UploadPhase::Paused { sent } => vec![bytes_of(*sent, upload.bytes), "paused".to_owned()],
        UploadPhase::Interrupted { sent } => vec![
            bytes_of(*sent, upload.bytes),
            "interrupted when the browser closed".to_owned(),
        ],
        UploadPhase::Stored | UploadPhase::Failed(_) => Vec::new(),
    }
}

/// What is known of a file that was uploaded earlier: size, day, how long Storage keeps it.
#[must_use]
pub fn stored_facts(file: &StoredFile) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(file.bytes.map(bytes));
    // The day of an ISO time.
    let day = file.created.as_deref().and_then(|it| it.get(..10));
    facts.extend(day.map(|day| format!("uploaded {day}")));
    facts.push(match file.max_age_days {
        Some(days) => format!("kept {}", counted(days, "day")),
        None => "kept for ever".to_owned(),
    });
    if file.attached {
        facts.push("in every run".to_owned());
    }
    facts
}

/// Why a problem came and what to do, in one paragraph, for a row that has no room for a box.
#[must_use]
pub fn explanation(problem: &Problem) -> String {
    let code = problem.code;
    let mut words = vec![code.why(), code.action()];
    // The detail of a file that cannot be read is its name, which the row has.
    let detail = problem.detail.as_deref();
    words.extend(detail.filter(|_| code != ProblemCode::FileUnreadable));
    let mut sentence = words.join(" ");
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use messages::engine::SandboxCopy;

    use super::*;

    #[test]
    fn what_is_known_of_a_stored_file() {
        let file = StoredFile {
            id: 7,
            name: "a.csv".to_owned(),
            bytes: Some(45_000_000),
            created: Some("2026-11-22T10:00:00+0100".to_owned()),
            max_age_days: Some(15),
            sha256: None,
            tags: Vec::new(),
            attached: true,
        };
        let known = [
            "45 MB",
            "uploaded 2026-11-22",
            "kept 15 days",
            "in every run",
        ];
        assert_eq!(stored_facts(&file), known);
        let bare = StoredFile {
            bytes: None,
            created: Some("soon".to_owned()),
            max_age_days: None,
            attached: false,
            ..file
        };
        assert_eq!(stored_facts(&bare), ["kept for ever"]);
    }

    #[test]
    fn a_part_that_is_tried_again_says_why() {
        let mut view = upload(UploadPhase::Sending {
            sent: 1_000_000,
            rate: 0,
            seconds_left: Some(9),
        });
        view.trouble = Some("HTTP 503: SlowDown".to_owned());
        let facts = progress(&view);
        assert_eq!(facts.last().unwrap(), "HTTP 503: SlowDown; trying again");
        let mut waiting = upload(UploadPhase::Preparing);
        waiting.trouble = Some("Keboola no longer accepts the Storage token.".to_owned());
        assert_eq!(
            progress(&waiting),
            ["Keboola no longer accepts the Storage token."]
        );
        let paused = upload(UploadPhase::Paused { sent: 1_000_000 });
        assert_eq!(progress(&paused).last().unwrap(), "paused");
    }

    fn upload(phase: UploadPhase) -> UploadView {
        UploadView {
            upload: "u".to_owned(),
            configuration: "c".to_owned(),
            name: "a.csv".to_owned(),
            bytes: 45_000_000,
            content_type: String::new(),
            sha256: None,
            trouble: None,
            note: None,
            phase,
            file: None,
            sandbox: SandboxCopy::None,
            straight_to: None,
        }
    }

    #[test]
    fn progress_tells_what_is_known() {
        let sending = |sent, rate, seconds_left| UploadPhase::Sending {
            sent,
            rate,
            seconds_left,
        };
        for (phase, facts) in [
            (UploadPhase::Waiting, vec!["Waiting for its turn"]),
            (UploadPhase::Preparing, vec!["Preparing…"]),
            (sending(0, 0, None), vec!["0 of 45 MB"]),
            (
                sending(36_000_000, 11_800_000, Some(1)),
                vec!["36 of 45 MB", "11.8 MB/s", "1 s left"],
            ),
            (
                sending(45_000_000, 11_800_000, Some(0)),
                vec!["45 of 45 MB", "finishing…"],
            ),
            (UploadPhase::Stored, vec![]),
        ] {
            assert_eq!(progress(&upload(phase)), facts);
        }
    }

    #[test]
    fn a_checksum_tells_how_far_it_is() {
        for (read, whole, words) in [
            (0, 10, "checksum: waiting…"),
            (0, 0, "checksum: waiting…"),
            (1, 3, "checksum: 33 % read"),
            (3, 3, "checksum: 100 % read"),
            (4, 3, "checksum: 100 % read"),
        ] {
            assert_eq!(checksum_read(read, whole), words);
        }
    }

    #[test]
    fn a_download_tells_how_far_it_is() {
        assert_eq!(
            bytes_fetched(36_000_000, Some(45_000_000)),
            "downloading: 36 of 45 MB"
        );
        assert_eq!(bytes_fetched(1_200_000, None), "downloading: 1.2 MB");
        assert_eq!(
            bytes_checked(50_000_000, Some(45_000_000)),
            "checking: 45 of 45 MB"
        );
        assert_eq!(bytes_checked(0, None), "checking: 0 B");
    }

    #[test]
    fn a_file_without_a_type_says_so() {
        assert_eq!(kind(0, ""), "0 B · unknown type");
    }

    #[test]
    fn a_problem_ends_with_its_own_fact() {
        for detail in ["S3 answered 403.", "S3 answered 403"] {
            let problem = Problem::with(ProblemCode::UploadFailed, detail);
            assert!(explanation(&problem).ends_with(" S3 answered 403."));
        }
    }
}
