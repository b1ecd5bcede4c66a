//! How much a line takes, by the requests that it carried.

/// Time under load after which what was measured counts half, in milliseconds: a laptop may move from
/// one network to another.
const MEMORY_MS: f64 = 8_000.0;

/// A line that carries several requests at a time. Only what has arrived counts: what a browser tells
/// of bytes on their way are those that its buffers took.
#[derive(Clone, Debug, Default)]
pub struct Line {
    under_way: u32,
    /// Since when the line was not idle.
    busy_since: u64,
    busy_ms: f64,
    bytes: f64,
}

impl Line {
    /// A request begins at `now_ms` (any clock in milliseconds).
    pub fn began(&mut self, now_ms: u64) {
        if self.under_way == 0 {
            self.busy_since = now_ms;
        }
        self.under_way += 1;
    }

    /// A request ended, with so many bytes arrived.
    pub fn ended(&mut self, now_ms: u64, bytes: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.busy_ms += as_f64(now_ms.saturating_sub(self.busy_since));
        self.busy_since = now_ms;
        self.bytes += as_f64(bytes);
        if self.busy_ms > MEMORY_MS {
            self.busy_ms /= 2.0;
            self.bytes /= 2.0;
        }
    }

    /// Bytes a millisecond; `None` while none has arrived.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.bytes > 0.0).then(|| self.bytes / self.busy_ms.max(1.0))
    }
}

#[allow(clippy::cast_precision_loss)] // times and sizes below 2^53
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_beside_each_other_share_the_line() {
        let mut line = Line::default();
        assert_eq!(line.rate(), None);
        line.began(1_000);
        line.began(1_000);
        line.ended(3_000, 1_000_000);
        assert_eq!(line.rate(), Some(500.0));
        line.ended(3_000, 1_000_000);
        assert_eq!(line.rate(), Some(1_000.0));
    }

    #[test]
    fn idle_time_does_not_count_and_a_failure_is_time_without_bytes() {
        let mut line = Line::default();
        line.began(0);
        line.ended(100, 100_000);
        line.began(60_000);
        line.ended(60_100, 0);
        assert_eq!(line.rate(), Some(500.0));
    }

    #[test]
    fn another_network_is_believed_after_a_while() {
        let mut line = Line::default();
        for at in 0..10 {
            line.began(at * 1_000);
            line.ended(at * 1_000 + 1_000, 50_000_000);
        }
        assert!(line.rate() > Some(49_000.0));
        for at in 10..40 {
            line.began(at * 1_000);
            line.ended(at * 1_000 + 1_000, 1_000_000);
        }
        assert!(line.rate() < Some(4_000.0), "{:?}", line.rate());
    }

    #[test]
    fn a_clock_that_was_set_back_is_no_harm() {
        let mut line = Line::default();
        line.began(5_000);
        line.ended(1_000, 10);
        assert_eq!(line.rate(), Some(10.0));
    }
}
