//! A row's text cut where its look changes: a colour begins or ends, a match begins or ends.

use std::ops::Range;

use super::ansi::{Style, Text};
use super::search::Needle;

/// A stretch of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Bytes of the line.
    pub range: Range<usize>,
    /// Its style.
    pub style: Style,
    /// The byte at which the match begins that it is part of.
    pub found: Option<usize>,
}

/// The stretches of a part of a line, in order; they cover it wholly.
#[must_use]
pub fn stretches(text: &Text, shown: Range<usize>, needle: Option<&Needle>) -> Vec<Stretch> {
    let found = matches_near(&text.text, &shown, needle);
    let mut cuts: Vec<usize> = text.spans.iter().map(|span| span.start as usize).collect();
    cuts.extend(found.iter().flat_map(|found| [found.start, found.end]));
    cuts.retain(|cut| shown.start < *cut && *cut < shown.end);
    cuts.extend([shown.start, shown.end]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|pair| Stretch {
            range: pair[0]..pair[1],
            style: style_at(text, pair[0]),
            found: found
                .iter()
                .find(|found| found.contains(&pair[0]))
                .map(|found| found.start),
        })
        .collect()
}

fn matches_near(text: &str, shown: &Range<usize>, needle: Option<&Needle>) -> Vec<Range<usize>> {
    let Some(needle) = needle else {
        return Vec::new();
    };
    // From the line's beginning, because matches do not overlap and so depend on those before.
    needle
        .find_in(text)
        .map(|start| start..start + needle.len())
        .take_while(|found| found.start < shown.end)
        .filter(|found| found.end > shown.start)
        .collect()
}

fn style_at(text: &Text, at: usize) -> Style {
    text.spans
        .iter()
        .take_while(|span| span.start as usize <= at)
        .last()
        .map(|span| span.style)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::ansi::Span;

    const RED: Style = Style {
        color: Some(1),
        bold: false,
    };

    fn text() -> Text {
        Text {
            text: "plain red plain".to_owned(),
            spans: vec![
                Span {
                    start: 6,
                    style: RED,
                },
                Span {
                    start: 9,
                    style: Style::default(),
                },
            ],
        }
    }

    fn cut(shown: Range<usize>, needle: &str) -> Vec<(Range<usize>, bool, Option<usize>)> {
        stretches(&text(), shown, Needle::new(needle).as_ref())
            .into_iter()
            .map(|it| (it.range, it.style == RED, it.found))
            .collect()
    }

    #[test]
    fn colours_cut_the_text() {
        assert_eq!(
            cut(0..15, ""),
            [
                (0..6, false, None),
                (6..9, true, None),
                (9..15, false, None)
            ]
        );
        assert_eq!(cut(7..8, ""), [(7..8, true, None)]);
    }

    #[test]
    fn matches_cut_across_colours_and_rows() {
        assert_eq!(
            cut(0..15, "n re"),
            [
                (0..4, false, None),
                (4..6, false, Some(4)),
                (6..8, true, Some(4)),
                (8..9, true, None),
                (9..15, false, None)
            ]
        );
        assert_eq!(
            cut(5..7, "n re"),
            [(5..6, false, Some(4)), (6..7, true, Some(4))]
        );
    }

    #[test]
    fn an_empty_row_has_no_stretch() {
        assert!(cut(0..0, "x").is_empty());
    }
}
