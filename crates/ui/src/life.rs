//! How long a sandbox can be given to live.

/// Lives that are offered, in seconds, with their names.
const SPANS: [(u32, &str); 4] = [
    (300, "5 min"),
    (1_800, "30 min"),
    (3_600, "1 h"),
    (86_400, "24 h"),
];

/// A choice of less than this more is none, in milliseconds.
const LEAST_MS: u64 = 30_000;

/// Those that are longer than what is left: a life is never shortened.
#[must_use]
pub fn longer(ends_at: u64, now: u64) -> Vec<(u32, &'static str)> {
    let left = ends_at.saturating_sub(now);
    SPANS
        .into_iter()
        .filter(|(seconds, _)| u64::from(*seconds) * 1_000 >= left + LEAST_MS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_longer_life_is_offered() {
        for (left, offered) in [
            (0, 4),
            (270_000, 4),
            (270_001, 3),
            (1_770_001, 2),
            (3_570_001, 1),
            (86_400_000, 0),
        ] {
            assert_eq!(longer(1_000 + left, 1_000).len(), offered, "{left}");
        }
        assert_eq!(longer(0, 5_000).len(), 4, "one that is over already");
    }
}
