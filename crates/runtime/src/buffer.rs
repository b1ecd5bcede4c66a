//! The lines of a log that are kept, within a budget.

use std::collections::VecDeque;

/// What each line costs beside its text, in bytes.
const OVERHEAD: usize = 64;

/// Lines within a budget of bytes; the oldest go first, as whole lines.
#[derive(Clone, Debug)]
pub struct LogBuffer<L> {
    lines: VecDeque<Kept<L>>,
    bytes: usize,
    budget: usize,
    dropped: u64,
}

#[derive(Clone, Debug)]
struct Kept<L> {
    line: L,
    cost: usize,
    continues: bool,
}

impl<L> LogBuffer<L> {
    /// An empty one that holds `budget` bytes. The newest line is always held.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            budget,
            dropped: 0,
        }
    }

    /// Keeps a line of `bytes` of text; `continues` when it is a further piece of a line.
    pub fn push(&mut self, line: L, bytes: usize, continues: bool) {
        let cost = bytes.saturating_add(OVERHEAD);
        self.bytes = self.bytes.saturating_add(cost);
        self.lines.push_back(Kept {
            line,
            cost,
            continues,
        });
        if self.bytes <= self.budget {
            return;
        }
        while self.bytes > self.budget && self.lines.len() > 1 {
            self.drop_oldest();
        }
        // The rest of a line whose begin is gone goes too, unless it is all there is.
        while self.lines.len() > 1 && self.lines.front().is_some_and(|oldest| oldest.continues) {
            self.drop_oldest();
        }
    }

    /// The lines that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &L> {
        self.lines.iter().map(|kept| &kept.line)
    }

    /// How many lines are kept, pieces counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing was ever kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines were dropped; further pieces of a line are not counted.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.lines.pop_front() {
            self.bytes = self.bytes.saturating_sub(oldest.cost);
            self.dropped += u64::from(!oldest.continues);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buffer(lines: usize) -> LogBuffer<u32> {
        LogBuffer::new(lines * (OVERHEAD + 10))
    }

    fn kept(buffer: &LogBuffer<u32>) -> Vec<u32> {
        buffer.iter().copied().collect()
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let mut buffer = buffer(3);
        assert!(buffer.is_empty());
        for line in 0..5 {
            buffer.push(line, 10, false);
        }
        assert_eq!(
            (kept(&buffer), buffer.dropped(), buffer.len()),
            (vec![2, 3, 4], 2, 3)
        );
    }

    #[test]
    fn a_line_goes_as_a_whole() {
        let mut buffer = buffer(4);
        for (line, continues) in [(0, false), (1, true), (2, true), (3, false), (4, false)] {
            buffer.push(line, 10, continues);
        }
        assert_eq!((kept(&buffer), buffer.dropped()), (vec![3, 4], 1));
    }

    #[test]
    fn a_line_longer_than_the_budget_is_held_as_its_last_piece() {
        let mut buffer = buffer(2);
        buffer.push(0, 10, false);
        for line in 1..5 {
            buffer.push(line, 10, true);
        }
        assert_eq!((kept(&buffer), buffer.dropped()), (vec![4], 1));
        buffer.push(9, usize::MAX, false);
        assert_eq!(kept(&buffer), [9]);
    }

    proptest! {
        #[test]
        fn the_budget_holds(lines in prop::collection::vec((0_usize..300, any::<bool>()), 0..100)) {
            let mut buffer = LogBuffer::new(2_000);
            let begun = lines.iter().filter(|(_, continues)| !continues).count();
            for (bytes, continues) in lines {
                buffer.push(continues, bytes, continues);
                prop_assert!(buffer.bytes <= 2_000);
            }
            let left = buffer.iter().filter(|continues| !**continues).count();
            prop_assert_eq!(u64::try_from(begun - left).unwrap(), buffer.dropped());
        }
    }
}
