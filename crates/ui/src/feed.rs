//! What the engine told so far: runs and uploads as they stand.
//!
//! Log lines pass through and are not kept here: a log may have a million lines, and only the panel
//! that shows it keeps them.

use messages::engine::{Event, LogLine, RunPhase, RunView, UploadPhase, UploadView};

/// Runs and uploads as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// The last run of each configuration.
    pub runs: Vec<RunView>,
    /// Every upload that was not removed, oldest first.
    pub uploads: Vec<UploadView>,
}

/// What an event did.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Runs or uploads changed.
    State,
    /// All is new, and so are the logs, by run.
    Everything(Vec<(String, Vec<LogLine>)>),
    /// New lines of a run's log.
    Log {
        /// The run.
        run: String,
        /// The lines.
        lines: Vec<LogLine>,
    },
}

impl Feed {
    /// Takes an event in.
    pub fn apply(&mut self, event: Event) -> Change {
        match event {
            Event::Snapshot {
                runs,
                uploads,
                logs,
            } => {
                *self = Self { runs, uploads };
                return Change::Everything(logs);
            }
            Event::Log { run, lines } => return Change::Log { run, lines },
            Event::Run(run) => put(&mut self.runs, run, |a, b| {
                a.configuration == b.configuration
            }),
            Event::Uploads(uploads) => {
                for upload in uploads {
                    put(&mut self.uploads, upload, |a, b| a.upload == b.upload);
                }
            }
            // What a terminal shows is of no concern to those that do not show it.
            Event::Terminal { .. } | Event::TerminalEnded { .. } => {}
            Event::UploadRemoved { upload } => self.uploads.retain(|it| it.upload != upload),
        }
        Change::State
    }

    /// The last run of a configuration, by its key.
    #[must_use]
    pub fn run_of(&self, configuration: &str) -> Option<&RunView> {
        self.runs
            .iter()
            .find(|run| run.configuration == configuration)
    }
}

fn put<T>(list: &mut Vec<T>, item: T, same: impl Fn(&T, &T) -> bool) {
    match list.iter_mut().find(|old| same(old, &item)) {
        Some(old) => *old = item,
        None => list.push(item),
    }
}

/// Whether a run has not ended.
#[must_use]
pub fn is_active(run: &RunView) -> bool {
    !matches!(run.phase, RunPhase::Ended(_))
}

/// Whether an upload's bytes are still on their way.
#[must_use]
pub fn is_under_way(upload: &UploadView) -> bool {
    matches!(
        upload.phase,
        UploadPhase::Waiting
            | UploadPhase::Preparing
            | UploadPhase::Sending { .. }
            | UploadPhase::Paused { .. }
    )
}

#[cfg(test)]
mod tests {
    use messages::engine::{RunOf, SandboxCopy};

    use super::*;

    fn run(run: &str, configuration: &str) -> RunView {
        RunView {
            run: run.to_owned(),
            configuration: configuration.to_owned(),
            name: None,
            of: RunOf::Saved,
            started_at: 0,
            phase: RunPhase::Running,
            steps: Vec::new(),
            sandbox: None,
            outputs: Vec::new(),
            first_log_ms: None,
        }
    }

    fn upload(id: &str, phase: UploadPhase) -> UploadView {
        UploadView {
            upload: id.to_owned(),
            configuration: "c".to_owned(),
            name: "a.csv".to_owned(),
            bytes: 1,
            content_type: "text/csv".to_owned(),
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
    fn a_new_run_replaces_the_last_of_its_configuration_only() {
        let mut feed = Feed::default();
        feed.apply(Event::Run(run("1", "a")));
        feed.apply(Event::Run(run("2", "b")));
        feed.apply(Event::Run(run("3", "a")));
        assert_eq!(feed.run_of("a").unwrap().run, "3");
        assert_eq!(feed.run_of("b").unwrap().run, "2");
        assert_eq!(feed.run_of("c"), None);
    }

    #[test]
    fn uploads_keep_their_order_and_go_when_removed() {
        let mut feed = Feed::default();
        feed.apply(Event::Uploads(vec![
            upload("1", UploadPhase::Preparing),
            upload("2", UploadPhase::Preparing),
        ]));
        feed.apply(Event::Uploads(vec![upload("1", UploadPhase::Stored)]));
        let phases: Vec<_> = feed.uploads.iter().map(|it| &it.phase).collect();
        assert_eq!(phases, [&UploadPhase::Stored, &UploadPhase::Preparing]);
        let id = "1".to_owned();
        feed.apply(Event::UploadRemoved { upload: id });
        assert_eq!(feed.uploads.len(), 1);
    }

    #[test]
    fn a_snapshot_replaces_all_and_hands_the_logs_on() {
        let mut feed = Feed::default();
        feed.apply(Event::Run(run("1", "a")));
        let logs = vec![("9".to_owned(), Vec::new())];
        let change = feed.apply(Event::Snapshot {
            runs: Vec::new(),
            uploads: Vec::new(),
            logs: logs.clone(),
        });
        assert_eq!(change, Change::Everything(logs));
        assert_eq!(feed, Feed::default());
    }
}
