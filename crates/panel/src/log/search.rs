//! Finding a text in the log. Letters of ASCII match in both cases, all others as they are.

/// What is searched for; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle(Vec<u8>);

impl Needle {
    /// `None` for an empty text, which would be found everywhere.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_ascii_lowercase().into_bytes()))
    }

    /// Length in bytes, the same in the text that it matches.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: see [`Needle::new`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Bytes at which it stands in `text`, in order and without overlaps.
    pub fn find_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let bytes = text.as_bytes();
        let (first, length) = (self.0[0], self.0.len());
        let mut at = 0;
        std::iter::from_fn(move || {
            while at + length <= bytes.len() {
                let here = at;
                if bytes[here].to_ascii_lowercase() == first
                    && bytes[here..here + length].eq_ignore_ascii_case(&self.0)
                {
                    at += length;
                    return Some(here);
                }
                at += 1;
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_in_both_cases_without_overlap() {
        for (needle, text, found) in [
            ("error", "Error: ERROR", vec![0, 7]),
            ("aa", "aaaaa", vec![0, 2]),
            ("řeka", "Velká řeka", vec![7]),
            ("Ř", "ř", vec![]),
            ("x", "", vec![]),
            ("longer than it", "short", vec![]),
            ("[31m", "a [31m", vec![2]),
        ] {
            let needle = Needle::new(needle).unwrap();
            let hits: Vec<_> = needle.find_in(text).collect();
            assert_eq!(hits, found, "{needle:?} in {text}");
        }
    }

    #[test]
    fn nothing_is_no_needle() {
        assert_eq!(Needle::new(""), None);
    }
}
