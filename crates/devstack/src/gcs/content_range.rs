//! `Content-Range` of a request to a resumable session.

/// Which bytes a request brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentRange {
    /// `bytes first-last/total`, the total perhaps `*`.
    Chunk {
        first: u64,
        last: u64,
        total: Option<u64>,
    },
    /// `bytes */total` or `bytes */*`: none; how far is it?
    Query { total: Option<u64> },
}

impl ContentRange {
    /// `None` for what is no such header.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.strip_prefix("bytes ")?.trim().split_once('/')?;
        let total = match total {
            "*" => None,
            number => Some(number.parse().ok()?),
        };
        if range == "*" {
            return Some(Self::Query { total });
        }
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let fits = first <= last && total.is_none_or(|total| last < total);
        fits.then_some(Self::Chunk { first, last, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_nonsense_is_not() {
        let chunk = |first, last, total| Some(ContentRange::Chunk { first, last, total });
        for (text, range) in [
            ("bytes 0-9/10", chunk(0, 9, Some(10))),
            ("bytes 5-5/*", chunk(5, 5, None)),
            ("bytes */10", Some(ContentRange::Query { total: Some(10) })),
            ("bytes */*", Some(ContentRange::Query { total: None })),
            ("bytes 0-10/10", None),
            ("bytes 3-2/10", None),
            ("bytes=0-9", None),
            ("0-9/10", None),
            ("bytes x-9/10", None),
        ] {
            assert_eq!(ContentRange::parse(text), range, "{text}");
        }
    }
}
