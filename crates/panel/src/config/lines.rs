//! Two texts against each other, line by line, with what stands around a change.

use similar::{ChangeTag, TextDiff};

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// A line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// In both.
    Same(String),
    /// Only before.
    Removed(String),
    /// Only after.
    Added(String),
    /// So many lines of both that are not shown.
    Skipped(usize),
}

/// The comparison.
#[must_use]
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&before, &after);
    let mut shown = Vec::new();
    // Lines of the text before that were told so far.
    let mut told = 0;
    for group in diff.grouped_ops(AROUND) {
        let begin = group.first().map_or(told, |first| first.old_range().start);
        if begin > told {
            shown.push(Line::Skipped(begin - told));
        }
        for operation in &group {
            shown.extend(diff.iter_changes(operation).map(|change| {
                let text = change.value().to_owned();
                match change.tag() {
                    ChangeTag::Equal => Line::Same(text),
                    ChangeTag::Delete => Line::Removed(text),
                    ChangeTag::Insert => Line::Added(text),
                }
            }));
            told = operation.old_range().end;
        }
    }
    if before.len() > told && !shown.is_empty() {
        shown.push(Line::Skipped(before.len() - told));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(before: &str, after: &str) -> Vec<String> {
        let write = |line: &Line| match line {
            Line::Same(text) => format!("  {text}"),
            Line::Removed(text) => format!("- {text}"),
            Line::Added(text) => format!("+ {text}"),
            Line::Skipped(count) => format!("… {count}"),
        };
        lines(before, after).iter().map(write).collect()
    }

    #[test]
    fn a_change_stands_among_its_neighbours() {
        let before: Vec<String> = (1..=20).map(|it| it.to_string()).collect();
        let mut after = before.clone();
        after[9] = "ten".to_owned();
        after.push("21".to_owned());
        assert_eq!(
            written(&before.join("\n"), &after.join("\n")),
            [
                "… 6", "  7", "  8", "  9", "- 10", "+ ten", "  11", "  12", "  13", "… 4", "  18",
                "  19", "  20", "+ 21",
            ]
        );
    }

    #[test]
    fn all_is_new_or_gone() {
        assert_eq!(written("", "a\nb\n"), ["+ a", "+ b"]);
        assert_eq!(written("a\nb\n", ""), ["- a", "- b"]);
        assert_eq!(written("a\n", "a"), [""; 0]);
    }
}
