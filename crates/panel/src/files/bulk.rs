//! Many uploads at once: which rows are shown, and the sums of all.
//!
//! A thousand rows that change several times a second would keep the panel busy with what nobody
//! can read. Those that need a person or move are shown, the others are counted.

use messages::engine::{UploadPhase, UploadView};
use ui::format::{count, counted};

/// How many rows of a list are shown at first, and how many more by each press of Show more.
pub const SHOWN: usize = 100;

/// How many uploads are shown at first: each of them changes several times, and every change of a row
/// that is shown takes about a millisecond from the sending.
pub const UPLOADS_SHOWN: usize = 30;

/// How many uploads stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// On their way, or paused on it.
    pub sending: u64,
    /// For their turn.
    pub waiting: u64,
    /// In Storage.
    pub stored: u64,
    /// Did not work.
    pub failed: u64,
    /// Ended with the browser.
    pub interrupted: u64,
}

impl Counts {
    /// Of these.
    #[must_use]
    pub fn of(uploads: &[UploadView]) -> Self {
        let mut counts = Self::default();
        for upload in uploads {
            *match upload.phase {
                UploadPhase::Waiting => &mut counts.waiting,
                UploadPhase::Preparing
                | UploadPhase::Sending { .. }
                | UploadPhase::Paused { .. } => &mut counts.sending,
                UploadPhase::Interrupted { .. } => &mut counts.interrupted,
                UploadPhase::Stored => &mut counts.stored,
                UploadPhase::Failed(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.sending + self.waiting + self.stored + self.failed + self.interrupted
    }

    /// Those that Cancel all ends.
    #[must_use]
    pub fn under_way(self) -> u64 {
        self.sending + self.waiting
    }

    /// In words: `1,000 uploads: 640 stored, 12 sending, 346 waiting, 2 failed`.
    #[must_use]
    pub fn words(self) -> String {
        let kinds = [
            (self.stored, "stored"),
            (self.sending, "sending"),
            (self.waiting, "waiting"),
            (self.failed, "failed"),
            (self.interrupted, "interrupted"),
        ];
        let told: Vec<String> = kinds
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, kind)| format!("{} {kind}", count(number)))
            .collect();
        format!("{}: {}", counted(self.total(), "upload"), told.join(", "))
    }
}

/// A file of this size or more is on its way for long enough to be watched: 8 MiB.
const WATCHED: u64 = 8 << 20;

/// Ids of the uploads that get a row, in the list's own order: those that need somebody first, then
/// large ones that move, then the others, up to `limit`. Small ones pass in a moment: rows that
/// followed them would be made anew all the time, which nobody could read.
#[must_use]
pub fn shown(uploads: &[UploadView], limit: usize) -> Vec<String> {
    let mut order: Vec<usize> = (0..uploads.len()).collect();
    if uploads.len() > limit {
        order.sort_by_key(|at| rank(&uploads[*at]));
        order.truncate(limit);
        order.sort_unstable();
    }
    order
        .into_iter()
        .map(|at| uploads[at].upload.clone())
        .collect()
}

fn rank(upload: &UploadView) -> u8 {
    match upload.phase {
        UploadPhase::Failed(_) | UploadPhase::Interrupted { .. } => 0,
        UploadPhase::Paused { .. } => 1,
        UploadPhase::Preparing | UploadPhase::Sending { .. } if upload.bytes >= WATCHED => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use messages::ProblemCode;
    use messages::engine::SandboxCopy;

    use super::*;

    fn uploads(phases: &[UploadPhase]) -> Vec<UploadView> {
        let views = phases.iter().enumerate().map(|(at, phase)| UploadView {
            upload: at.to_string(),
            configuration: "c".to_owned(),
            name: "a.csv".to_owned(),
            bytes: 1,
            content_type: String::new(),
            sha256: None,
            trouble: None,
            note: None,
            phase: phase.clone(),
            file: None,
            sandbox: SandboxCopy::None,
            straight_to: None,
        });
        views.collect()
    }

    fn of_every_kind() -> Vec<UploadView> {
        uploads(&[
            UploadPhase::Stored,
            UploadPhase::Waiting,
            UploadPhase::Failed(ProblemCode::UploadFailed.into()),
            UploadPhase::Stored,
            UploadPhase::Paused { sent: 1 },
            UploadPhase::Interrupted { sent: 1 },
        ])
    }

    #[test]
    fn every_upload_is_counted_once() {
        let counts = Counts::of(&of_every_kind());
        assert_eq!(counts.total(), 6);
        assert_eq!(counts.under_way(), 2);
        assert_eq!(
            counts.words(),
            "6 uploads: 2 stored, 1 sending, 1 waiting, 1 failed, 1 interrupted"
        );
    }

    #[test]
    fn what_needs_somebody_is_shown_before_what_is_done() {
        let all = of_every_kind();
        for (limit, ids) in [
            (9, vec!["0", "1", "2", "3", "4", "5"]),
            (6, vec!["0", "1", "2", "3", "4", "5"]),
            (5, vec!["0", "1", "2", "4", "5"]),
            (4, vec!["0", "2", "4", "5"]),
            (3, vec!["2", "4", "5"]),
            (2, vec!["2", "5"]),
            (0, vec![]),
        ] {
            assert_eq!(shown(&all, limit), ids, "{limit}");
        }
    }

    #[test]
    fn small_files_that_pass_move_no_rows_and_large_ones_are_watched() {
        let sending = || UploadPhase::Sending {
            sent: 0,
            rate: 0,
            seconds_left: None,
        };
        let mut all = uploads(&[UploadPhase::Stored, sending(), sending(), sending()]);
        assert_eq!(shown(&all, 2), ["0", "1"]);
        all[3].bytes = WATCHED;
        assert_eq!(shown(&all, 2), ["0", "3"]);
    }
}
