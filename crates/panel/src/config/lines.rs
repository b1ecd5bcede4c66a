//! Two texts against each other, line by line, with what stands around a change.

use similar::{ChangeTag, TextDiff};

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// Lines that are compared at the most: the panel stands still while it compares. Texts with more are told
/// as replaced.
const COMPARED: usize = 20_000;

/// Lines that are shown at the most, and characters of a line.
const SHOWN: usize = 1_000;
const LONGEST: usize = 1_000;

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
    /// So many more lines, which are too many to be shown.
    More(usize),
}

/// The comparison.
#[must_use]
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    if before.len() + after.len() > COMPARED {
        return replaced(&before, &after);
    }
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
                let text = cut(change.value());
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
    few(shown)
}

/// All of the one in the place of all of the other.
fn replaced(before: &[&str], after: &[&str]) -> Vec<Line> {
    let (half, more) = (SHOWN / 2, |all: &[&str]| {
        all.len().saturating_sub(SHOWN / 2)
    });
    let removed = before
        .iter()
        .take(half)
        .map(|line| Line::Removed(cut(line)));
    let added = after.iter().take(half).map(|line| Line::Added(cut(line)));
    let mut shown: Vec<Line> = removed.collect();
    shown.extend((more(before) > 0).then(|| Line::More(more(before))));
    shown.extend(added);
    shown.extend((more(after) > 0).then(|| Line::More(more(after))));
    shown
}

fn few(mut lines: Vec<Line>) -> Vec<Line> {
    let more = lines.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.truncate(SHOWN);
        lines.push(Line::More(more));
    }
    lines
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
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
            Line::More(count) => format!("more {count}"),
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

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        let numbers = |range: std::ops::Range<usize>| -> String {
            range.map(|it| format!("{it}\n")).collect()
        };
        let some = written("", &numbers(0..1_500));
        assert_eq!(
            (some.len(), some.last().unwrap().as_str()),
            (1_001, "more 500")
        );
        let many = written(&numbers(0..10_000), &numbers(10_000..30_000));
        assert_eq!(many.len(), 1_002);
        assert_eq!(
            (&*many[0], &*many[500], &*many[501]),
            ("- 0", "more 9500", "+ 10000")
        );
        assert_eq!(many.last().unwrap(), "more 19500");
        let long = written("", &"é".repeat(1_001));
        assert_eq!(long, [format!("+ {}…", "é".repeat(1_000))]);
    }
}
