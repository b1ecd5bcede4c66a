//! Whether bytes go compressed: a table of text shrinks to a fifth, and a line takes longer for it than
//! the compression; an archive does not shrink, and to a service in the same room all would wait for
//! the compression.

/// A gain below it is not worth two copies in memory.
const LEAST_GAIN: f64 = 1.1;

/// Weight of what was compressed last.
const NEWEST: f64 = 0.5;

/// What is known of a file's compression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compression {
    /// Bytes after it for each byte before.
    left: f64,
    /// Bytes before it that it takes in a millisecond.
    speed: f64,
}

impl Compression {
    /// As a piece of the file was compressed: `bytes` became `packed` in `ms` milliseconds.
    #[must_use]
    pub fn of(bytes: u64, packed: u64, ms: f64) -> Self {
        Self {
            left: as_f64(packed) / as_f64(bytes).max(1.0),
            speed: as_f64(bytes) / ms.max(0.1),
        }
    }

    /// Another piece was compressed.
    pub fn learn(&mut self, newer: Self) {
        let mix = |old: f64, new: f64| old * (1.0 - NEWEST) + new * NEWEST;
        self.left = mix(self.left, newer.left);
        self.speed = mix(self.speed, newer.speed);
    }

    /// Whether the next piece is there earlier compressed, over a line that takes `line` bytes a
    /// millisecond. One that is not known yet is taken for a slow one, as most are.
    #[must_use]
    pub fn pays(&self, line: Option<f64>) -> bool {
        let line = line.unwrap_or(0.0);
        // One piece is compressed while another is on its way: the slower of the two sets the pace.
        self.left * LEAST_GAIN < 1.0 && self.speed > line * LEAST_GAIN
    }
}

#[allow(clippy::cast_precision_loss)] // sizes below 2^53
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_shrinks_pays_over_a_line_that_is_slower_than_the_compression() {
        // 1 MiB in 16 ms: 65,536 bytes a millisecond.
        let table = Compression::of(MIB, MIB / 5, 16.0);
        let archive = Compression::of(MIB, MIB - 1, 16.0);
        for (what, line, pays) in [
            (table, None, true),
            // 100 Mbit/s, 400 Mbit/s, one room.
            (table, Some(12_500.0), true),
            (table, Some(50_000.0), true),
            (table, Some(300_000.0), false),
            (archive, None, false),
            (archive, Some(125.0), false),
        ] {
            assert_eq!(what.pays(line), pays, "{what:?} {line:?}");
        }
    }

    #[test]
    fn what_comes_later_counts_more() {
        let mut file = Compression::of(MIB, MIB / 10, 10.0);
        for _ in 0..6 {
            file.learn(Compression::of(MIB, MIB, 10.0));
        }
        assert!(!file.pays(None));
    }

    #[test]
    fn no_time_and_no_bytes_are_no_numbers_to_divide_by() {
        assert!(!Compression::of(0, 20, 0.0).pays(None));
        assert!(Compression::of(MIB, 1_000, 0.0).pays(Some(5_000_000.0)));
    }
}
