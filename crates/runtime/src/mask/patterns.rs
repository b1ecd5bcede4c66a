//! Finding many texts at once. A table of the first two bytes passes over what begins no pattern at
//! the speed of memory; what is left is compared, longest first.

use std::cmp::Reverse;

/// The texts to find.
#[derive(Debug)]
pub(super) struct Patterns {
    /// By first byte, longest first.
    by_first: Vec<Vec<Box<[u8]>>>,
    /// One bit for each pair of first bytes.
    pairs: Box<[u64; 1024]>,
}

impl Patterns {
    pub(super) fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let mut patterns = Self::default();
        for text in texts {
            let [first, second, ..] = *text.as_bytes() else {
                continue;
            };
            let (word, bit) = place(first, second);
            if let Some(word) = patterns.pairs.get_mut(word) {
                *word |= bit;
            }
            if let Some(bucket) = patterns.by_first.get_mut(usize::from(first)) {
                bucket.push(text.into_bytes().into_boxed_slice());
            }
        }
        for bucket in &mut patterns.by_first {
            bucket.sort_unstable_by_key(|pattern| Reverse(pattern.len()));
            bucket.dedup();
        }
        patterns
    }

    /// Where a pattern may begin next, at `from` or later.
    pub(super) fn next_start(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let pair = rest.windows(2).position(|pair| match *pair {
            [first, second] => {
                let (word, bit) = place(first, second);
                self.pairs.get(word).is_some_and(|word| word & bit != 0)
            }
            _ => false,
        });
        match (pair, rest.last()) {
            (Some(at), _) => Some(from + at),
            (None, Some(last)) if !self.bucket(*last).is_empty() => Some(text.len() - 1),
            (None, _) => None,
        }
    }

    /// Length of the longest pattern that `rest` begins with.
    pub(super) fn longest(&self, rest: &[u8]) -> Option<usize> {
        let bucket = self.bucket(*rest.first()?);
        bucket
            .iter()
            .find(|pattern| rest.starts_with(pattern))
            .map(|pattern| pattern.len())
    }

    /// Whether all of `rest` is the begin of a longer pattern.
    pub(super) fn may_become(&self, rest: &[u8]) -> bool {
        let Some(first) = rest.first() else {
            return false;
        };
        let longer = self
            .bucket(*first)
            .iter()
            .take_while(|pattern| pattern.len() > rest.len());
        longer.into_iter().any(|pattern| pattern.starts_with(rest))
    }

    fn bucket(&self, first: u8) -> &[Box<[u8]>] {
        self.by_first
            .get(usize::from(first))
            .map_or(&[], Vec::as_slice)
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            by_first: vec![Vec::new(); 256],
            pairs: Box::new([0; 1024]),
        }
    }
}

fn place(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair >> 6, 1 << (pair & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_found_and_a_begin_is_known() {
        let patterns = Patterns::new(["abcd", "abcdef", "abcd", "xyz!"].map(str::to_owned));
        assert_eq!(patterns.longest(b"abcdefg"), Some(6));
        assert_eq!(patterns.longest(b"abcdeg"), Some(4));
        assert_eq!(patterns.longest(b"abc"), None);
        assert!(patterns.may_become(b"abcd") && patterns.may_become(b"x"));
        assert!(!patterns.may_become(b"abcdef") && !patterns.may_become(b"y"));
        assert_eq!(patterns.next_start(b"  xa ab x", 0), Some(5));
        assert_eq!(patterns.next_start(b"  xa ab x", 6), Some(8));
        assert_eq!(
            patterns.next_start(b"  xa", 0),
            Some(3),
            "a begin at the very end"
        );
        assert_eq!(patterns.next_start(b"", 0), None);
    }
}
