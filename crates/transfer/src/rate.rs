//! How fast a transfer is, how long it still takes, and for how long nothing has moved.

/// Weight of the past falls to 1/e in this time, in milliseconds: quiet enough to read, quick enough
/// to notice a link that slows down.
const MEMORY_MS: f64 = 4_000.0;

/// Shorter spans are joined: network buffers take bytes in bursts.
const SPAN_MS: u64 = 250;

/// Rate of one transfer, from samples of time and bytes done.
///
/// Samples may come in any rhythm. Time or bytes that go back (a clock that was set, a part that is
/// sent again) never make the rate negative or the progress fall.
#[derive(Clone, Debug)]
pub struct Rate {
    total: u64,
    done: u64,
    /// Time and bytes at the end of the last whole span.
    span: Option<(u64, u64)>,
    /// Bytes a millisecond, smoothed.
    smoothed: Option<f64>,
    /// When bytes last moved.
    moved_at: Option<u64>,
}

impl Rate {
    /// Of a transfer of `total` bytes.
    #[must_use]
    pub fn new(total: u64) -> Self {
        Self {
            total,
            done: 0,
            span: None,
            smoothed: None,
            moved_at: None,
        }
    }

    /// At `now_ms` (any clock in milliseconds), `done` bytes of all are done.
    pub fn sample(&mut self, now_ms: u64, done: u64) {
        let done = done.min(self.total);
        if self.moved_at.is_none() || done > self.done {
            self.moved_at = Some(now_ms);
        }
        self.done = self.done.max(done);
        let Some((began, before)) = self.span else {
            self.span = Some((now_ms, self.done));
            return;
        };
        if now_ms < began {
            // The clock was set back: the span has no length that could be known.
            self.span = Some((now_ms, self.done));
            return;
        }
        let span = now_ms - began;
        if span < SPAN_MS {
            return;
        }
        let rate = as_f64(self.done - before) / as_f64(span);
        self.smoothed = Some(match self.smoothed {
            None => rate,
            Some(past) => {
                let weight = (-as_f64(span) / MEMORY_MS).exp();
                past * weight + rate * (1.0 - weight)
            }
        });
        self.span = Some((now_ms, self.done));
    }

    /// Bytes that are done; never falls, never more than all.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Bytes a second, smoothed; 0 while it is not known.
    #[must_use]
    pub fn bytes_per_second(&self) -> u64 {
        as_u64(self.smoothed.unwrap_or(0.0) * 1000.0)
    }

    /// Seconds left, rounded up; `None` while it is not known or further away than a day.
    #[must_use]
    pub fn seconds_left(&self) -> Option<u32> {
        let left = self.total - self.done;
        if left == 0 {
            return Some(0);
        }
        let per_ms = self.smoothed.filter(|rate| *rate > 0.0)?;
        let seconds = (as_f64(left) / per_ms / 1000.0).ceil();
        u32::try_from(as_u64(seconds))
            .ok()
            .filter(|seconds| *seconds <= 86_400)
    }

    /// For how long no byte has moved, in milliseconds; 0 once all are done.
    #[must_use]
    pub fn stalled_ms(&self, now_ms: u64) -> u64 {
        if self.done == self.total {
            return 0;
        }
        self.moved_at
            .map_or(0, |moved_at| now_ms.saturating_sub(moved_at))
    }
}

#[allow(clippy::cast_precision_loss)] // a rate is a guess anyway
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates
fn as_u64(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_steady_link_is_told_as_it_is() {
        let mut rate = Rate::new(10_000_000);
        assert_eq!((rate.bytes_per_second(), rate.seconds_left()), (0, None));
        for tick in 0..=20 {
            rate.sample(5_000 + tick * 100, tick * 100_000);
        }
        assert_eq!(rate.bytes_per_second(), 1_000_000);
        assert_eq!(rate.seconds_left(), Some(8));
    }

    #[test]
    fn a_link_that_slows_down_is_noticed_within_seconds() {
        let mut rate = Rate::new(1_000_000_000);
        let (mut now, mut done) = (0, 0);
        for (per_tick, ticks) in [(1_000_000, 40), (100_000, 120)] {
            for _ in 0..ticks {
                now += 100;
                done += per_tick;
                rate.sample(now, done);
            }
        }
        let now_at = rate.bytes_per_second();
        assert!((1_000_000..1_700_000).contains(&now_at), "{now_at}");
    }

    #[test]
    fn bursts_between_samples_do_not_make_it_jump() {
        let mut rate = Rate::new(100_000_000);
        let mut seen = Vec::new();
        for tick in 0..200_u64 {
            // Buffers take 1 MB at a time, every fifth tick of 50 ms.
            rate.sample(tick * 50, tick / 5 * 1_000_000);
            seen.push(rate.bytes_per_second());
        }
        let calm = seen
            .iter()
            .skip(40)
            .all(|rate| (3_400_000..4_600_000).contains(rate));
        assert!(calm, "{seen:?}");
    }

    #[test]
    fn a_stall_is_counted_from_the_last_byte_that_moved() {
        let mut rate = Rate::new(100);
        assert_eq!(rate.stalled_ms(9_000), 0, "not begun");
        rate.sample(1_000, 0);
        rate.sample(2_000, 10);
        rate.sample(7_000, 10);
        assert_eq!(rate.stalled_ms(7_500), 5_500);
        rate.sample(8_000, 100);
        assert_eq!(rate.stalled_ms(60_000), 0, "all done");
        assert_eq!(rate.seconds_left(), Some(0));
    }

    #[test]
    fn an_empty_file_takes_no_time_and_a_stopped_one_no_known_time() {
        assert_eq!(Rate::new(0).seconds_left(), Some(0));
        let mut rate = Rate::new(u64::MAX);
        rate.sample(0, 0);
        rate.sample(1_000, 1);
        assert_eq!(rate.seconds_left(), None, "more than a day");
    }

    proptest! {
        #[test]
        fn samples_in_any_order_never_make_nonsense(
            total in 0_u64..10_000,
            samples in prop::collection::vec((0_u64..100_000, 0_u64..20_000), 0..50),
        ) {
            let mut rate = Rate::new(total);
            let mut before = 0;
            for (now, done) in samples {
                rate.sample(now, done);
                prop_assert!(rate.done() >= before && rate.done() <= total);
                before = rate.done();
                prop_assert!(rate.bytes_per_second() <= 20_000 * 1000);
            }
        }
    }
}
