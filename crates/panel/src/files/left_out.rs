//! What of a choice was not taken, and that it is said.

use ui::format::counted;

/// How many names are told before the rest is counted.
const NAMED: usize = 3;

/// What of a choice was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Files of the system, such as `.DS_Store`.
    pub system: u64,
    /// Paths of folders without a file.
    pub empty: Vec<String>,
    /// Paths of files and folders that the browser could not read.
    pub unreadable: Vec<String>,
    /// Files that are on the list already.
    pub known: u64,
}

impl LeftOut {
    /// A sentence for each kind; none when all was taken.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.unreadable.is_empty() {
            words.push(format!(
                "Could not be read: {}. Look at its rights, or whether it is still there, then \
                 add it again.",
                named(&self.unreadable)
            ));
        }
        if !self.empty.is_empty() {
            words.push(format!(
                "Without a file, so nothing to upload: {}.",
                named(&self.empty)
            ));
        }
        if self.known > 0 {
            let are = if self.known == 1 { "is" } else { "are" };
            words.push(format!(
                "{} {are} on the list already.",
                counted(self.known, "file")
            ));
        }
        if self.system > 0 {
            words.push(format!(
                "{} of the system left out (.DS_Store, Thumbs.db and the like).",
                counted(self.system, "file")
            ));
        }
        words
    }
}

fn named(paths: &[String]) -> String {
    let mut words = paths
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = paths.len().checked_sub(NAMED).filter(|more| *more > 0) {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_taken_needs_no_words() {
        assert!(LeftOut::default().words().is_empty());
    }

    #[test]
    fn every_kind_is_said() {
        let names = |count: usize| (1..=count).map(|it| format!("f{it}")).collect();
        let out = LeftOut {
            system: 2,
            empty: names(1),
            unreadable: names(5),
            known: 1,
        };
        assert_eq!(
            out.words(),
            [
                "Could not be read: f1, f2, f3 and 2 more. Look at its rights, or whether it is \
                 still there, then add it again.",
                "Without a file, so nothing to upload: f1.",
                "1 file is on the list already.",
                "2 files of the system left out (.DS_Store, Thumbs.db and the like).",
            ]
        );
    }
}
