//! One upload in parts, without IO: which part is sent next, what a failure means, when it is over.
//!
//! The caller sends what [`Transfer::next`] names, tells what came of it, and waits until
//! [`Transfer::wake_at`] when there is nothing to do. Times are milliseconds of any clock.
//!
//! Invariants: a part that was taken is never sent again; a transfer is complete only when every
//! byte of the file was taken; what was told for an earlier attempt of a part changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::retry;

/// How long a part may stand still before it is sent anew, in milliseconds. A slow link moves.
pub const STALL_MS: u64 = 20_000;

/// How often a part is sent at most without a failure of the kind that passes by itself.
const TRIES: u32 = 8;

/// How often credentials are renewed at most without a part being taken in between.
const RENEWALS: u32 = 3;

/// A part that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Send {
    /// Which part, from 0.
    pub index: u32,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Which attempt at it, for telling what came of it.
    pub attempt: Attempt,
    /// Whether it was attempted before: the other side may have it, wholly or in part.
    pub again: bool,
}

/// An attempt at a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(u64);

/// Why an attempt did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It passes by itself: no connection, a stall, too many requests, a fault of the server.
    Passing {
        /// What the server asked to wait.
        retry_after: Option<Duration>,
    },
    /// The credentials have expired.
    Expired,
    /// It would fail again.
    Final,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The part is sent again, after a pause that [`Transfer::wake_at`] tells.
    Again,
    /// Credentials are to be renewed; then [`Transfer::renewed`].
    Renew,
    /// The transfer has failed.
    GiveUp,
    /// It was told of an attempt that is over already.
    Stale,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    not_before: u64,
    tries: u32,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    index: u32,
    tries: u32,
    sent: u64,
    moved_at: u64,
}

/// Where an upload stands.
#[derive(Clone, Debug)]
pub struct Transfer {
    total: u64,
    /// First byte that the parts cover; what is before was taken already.
    base: u64,
    size: u64,
    sequential: bool,
    /// The part after the last that was ever begun.
    fresh: u32,
    waiting: BTreeMap<u32, Waiting>,
    running: BTreeMap<Attempt, Running>,
    taken: Vec<bool>,
    taken_bytes: u64,
    attempts: u64,
    renewing: bool,
    renewals: u32,
    paused: bool,
    /// How far the other side ever was, and how often it then was no further.
    reached: u64,
    setbacks: u32,
}

impl Transfer {
    /// Of `total` bytes in parts of `size` bytes (at least 1); an empty file is one empty part.
    /// A `sequential` one sends one part after the other.
    #[must_use]
    pub fn new(total: u64, size: u64, sequential: bool) -> Self {
        let mut transfer = Self {
            total,
            base: 0,
            size: size.max(1),
            sequential,
            fresh: 0,
            waiting: BTreeMap::new(),
            running: BTreeMap::new(),
            taken: Vec::new(),
            taken_bytes: 0,
            attempts: 0,
            renewing: false,
            renewals: 0,
            paused: false,
            reached: 0,
            setbacks: 0,
        };
        transfer.lay_out(0);
        transfer
    }

    fn lay_out(&mut self, base: u64) {
        self.base = base.min(self.total);
        let left = self.total - self.base;
        let count = if self.total == 0 {
            1
        } else {
            left.div_ceil(self.size)
        };
        // The layout keeps it far below.
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(1 << 20);
        self.taken = vec![false; count];
        self.fresh = 0;
        self.waiting.clear();
        self.running.clear();
        self.taken_bytes = self.base;
    }

    /// Parts that an earlier life of this upload saw taken.
    pub fn restore(&mut self, parts: impl IntoIterator<Item = u32>) {
        for index in parts {
            let length = self.length(index);
            if let Some(taken) = self.taken.get_mut(index as usize)
                && !std::mem::replace(taken, true)
            {
                self.taken_bytes += length;
            }
        }
    }

    /// An earlier life of this upload got as far as `bytes` bytes, one after the other.
    pub fn resume_from(&mut self, bytes: u64) {
        self.lay_out(bytes);
        self.reached = self.base;
    }

    /// The other side has the first `bytes` bytes and wants the rest from there. Everything on its
    /// way is forgotten: the caller has ended it. When that is no further than before, it counts
    /// as a failed try. `jitter` is a random number from 0 to 1.
    pub fn continue_from(&mut self, bytes: u64, now: u64, jitter: f64) -> Verdict {
        self.lay_out(bytes);
        if self.base > self.reached {
            self.reached = self.base;
            self.setbacks = 0;
            return Verdict::Again;
        }
        let Some(pause) = retry::pause(self.setbacks, TRIES, None, jitter) else {
            return Verdict::GiveUp;
        };
        self.setbacks += 1;
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.wait(0, now.saturating_add(pause), 0);
        Verdict::Again
    }

    /// Number of parts from where it last continued.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.taken.len()
    }

    fn offset(&self, index: u32) -> u64 {
        self.base + u64::from(index) * self.size
    }

    fn length(&self, index: u32) -> u64 {
        self.size.min(self.total.saturating_sub(self.offset(index)))
    }

    /// The next part to send, if one is due and may be sent.
    pub fn next(&mut self, now: u64) -> Option<Send> {
        if self.paused || self.renewing || (self.sequential && !self.running.is_empty()) {
            return None;
        }
        let due = self
            .waiting
            .iter()
            .find(|(_, waiting)| waiting.not_before <= now)
            .map(|(index, waiting)| (*index, waiting.tries));
        let again = due.is_some();
        let (index, tries) = match due {
            Some(due) => due,
            // One that waits comes before all later ones.
            None if self.sequential && !self.waiting.is_empty() => return None,
            None => (self.next_fresh()?, 0),
        };
        self.waiting.remove(&index);
        self.attempts += 1;
        let attempt = Attempt(self.attempts);
        let running = Running {
            index,
            tries,
            sent: 0,
            moved_at: now,
        };
        self.running.insert(attempt, running);
        Some(Send {
            index,
            offset: self.offset(index),
            length: self.length(index),
            attempt,
            again,
        })
    }

    fn next_fresh(&mut self) -> Option<u32> {
        while self.taken.get(self.fresh as usize).copied()? {
            self.fresh += 1;
        }
        let index = self.fresh;
        self.fresh += 1;
        Some(index)
    }

    /// The request of an attempt begins only now: reading the file took its time before.
    pub fn sending(&mut self, attempt: Attempt, now: u64) {
        if let Some(running) = self.running.get_mut(&attempt) {
            running.moved_at = running.moved_at.max(now);
        }
    }

    /// The network has taken `sent` bytes of an attempt.
    pub fn progress(&mut self, attempt: Attempt, sent: u64, now: u64) {
        let Some(running) = self.running.get(&attempt) else {
            return;
        };
        let sent = sent.min(self.length(running.index));
        if let Some(running) = self.running.get_mut(&attempt)
            && sent > running.sent
        {
            running.sent = sent;
            running.moved_at = now;
        }
    }

    /// The other side has taken the part. False for an attempt that is over already.
    pub fn took(&mut self, attempt: Attempt) -> bool {
        let Some(running) = self.running.remove(&attempt) else {
            return false;
        };
        self.renewals = 0;
        self.taken_bytes += self.length(running.index);
        if let Some(taken) = self.taken.get_mut(running.index as usize) {
            *taken = true;
        }
        true
    }

    /// An attempt did not work. `jitter` is a random number from 0 to 1.
    pub fn failed(&mut self, attempt: Attempt, failure: Failure, now: u64, jitter: f64) -> Verdict {
        let Some(running) = self.running.remove(&attempt) else {
            return Verdict::Stale;
        };
        match failure {
            Failure::Final => Verdict::GiveUp,
            Failure::Expired => {
                self.wait(running.index, now, running.tries);
                if self.renewing {
                    return Verdict::Renew;
                }
                self.renewals += 1;
                self.renewing = self.renewals <= RENEWALS;
                if self.renewing {
                    Verdict::Renew
                } else {
                    Verdict::GiveUp
                }
            }
            Failure::Passing { retry_after } => {
                let tries = running.tries + 1;
                match retry::pause(running.tries, TRIES, retry_after, jitter) {
                    Some(pause) => {
                        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                        self.wait(running.index, now.saturating_add(pause), tries);
                        Verdict::Again
                    }
                    None => Verdict::GiveUp,
                }
            }
        }
    }

    fn wait(&mut self, index: u32, not_before: u64, tries: u32) {
        self.waiting.insert(index, Waiting { not_before, tries });
    }

    /// The caller ended an attempt by itself, for a pause: it counts as never made.
    pub fn withdrawn(&mut self, attempt: Attempt) {
        if let Some(running) = self.running.remove(&attempt) {
            self.wait(running.index, 0, running.tries);
        }
    }

    /// Credentials are fresh again.
    pub fn renewed(&mut self) {
        self.renewing = false;
    }

    /// Nothing new is sent until it goes on.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Attempts that have stood still for [`STALL_MS`]: to be ended and told as
    /// [`Failure::Passing`].
    #[must_use]
    pub fn stalled(&self, now: u64) -> Vec<Attempt> {
        self.running
            .iter()
            .filter(|(_, running)| now.saturating_sub(running.moved_at) >= STALL_MS)
            .map(|(attempt, _)| *attempt)
            .collect()
    }

    /// When something is due that no answer will tell of: a part after its pause, or a stall.
    #[must_use]
    pub fn wake_at(&self) -> Option<u64> {
        let stalls = self
            .running
            .values()
            .map(|running| running.moved_at.saturating_add(STALL_MS));
        let idle = self.paused || self.renewing;
        let pauses = self
            .waiting
            .values()
            .filter(|_| !idle)
            .map(|waiting| waiting.not_before);
        stalls.chain(pauses).min()
    }

    /// Attempts that are on their way.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Bytes that the other side took or the network is taking. Falls when a part has to be sent
    /// again.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let moving: u64 = self.running.values().map(|running| running.sent).sum();
        (self.taken_bytes + moving).min(self.total)
    }

    /// Whether every byte was taken.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.taken.iter().all(|taken| *taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PASSING: Failure = Failure::Passing { retry_after: None };

    fn all_due(transfer: &mut Transfer, now: u64) -> Vec<Send> {
        std::iter::from_fn(|| transfer.next(now)).collect()
    }

    #[test]
    fn parts_cover_the_file_in_order() {
        let mut transfer = Transfer::new(25, 10, false);
        let parts = all_due(&mut transfer, 0);
        let places: Vec<_> = parts.iter().map(|it| (it.offset, it.length)).collect();
        assert_eq!(places, [(0, 10), (10, 10), (20, 5)]);
        for part in &parts {
            assert!(!transfer.is_complete());
            assert!(transfer.took(part.attempt));
            assert!(!transfer.took(part.attempt), "told twice");
        }
        assert!(transfer.is_complete());
        assert_eq!(transfer.bytes(), 25);
    }

    #[test]
    fn an_empty_file_is_one_empty_part() {
        let mut transfer = Transfer::new(0, 10, false);
        let part = transfer.next(0).unwrap();
        assert_eq!((part.offset, part.length), (0, 0));
        assert!(!transfer.is_complete());
        transfer.took(part.attempt);
        assert!(transfer.is_complete());
    }

    #[test]
    fn a_sequential_one_waits_for_the_part_before() {
        let mut transfer = Transfer::new(30, 10, true);
        let first = transfer.next(0).unwrap();
        assert_eq!(transfer.next(0), None);
        assert_eq!(
            transfer.failed(first.attempt, PASSING, 0, 1.0),
            Verdict::Again
        );
        assert_eq!(transfer.next(0), None, "the first is still in its pause");
        let again = transfer.next(500).unwrap();
        assert_eq!(again.index, 0);
        transfer.took(again.attempt);
        assert_eq!(transfer.next(500).unwrap().index, 1);
    }

    #[test]
    fn what_the_other_side_has_is_not_sent_again() {
        let mut transfer = Transfer::new(30, 10, true);
        let first = transfer.next(0).unwrap();
        assert_eq!(transfer.continue_from(4, 0, 1.0), Verdict::Again);
        assert!(!transfer.took(first.attempt), "forgotten");
        assert_eq!(transfer.bytes(), 4);
        let next = transfer.next(0).unwrap();
        assert_eq!((next.offset, next.length), (4, 10));
        assert_eq!(transfer.continue_from(30, 0, 1.0), Verdict::Again);
        assert!(transfer.is_complete());

        let mut parallel = Transfer::new(30, 10, false);
        parallel.restore([0, 2, 2, 9]);
        assert_eq!(parallel.bytes(), 20);
        let left = all_due(&mut parallel, 0);
        assert_eq!(left.iter().map(|it| it.index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn the_other_side_that_gets_no_further_is_given_up() {
        let mut transfer = Transfer::new(30, 10, true);
        transfer.resume_from(4);
        let mut now = 0;
        for _ in 1..TRIES {
            assert!(!transfer.next(now).unwrap().again || now > 0);
            assert_eq!(transfer.continue_from(4, now, 1.0), Verdict::Again);
            assert_eq!(transfer.next(now), None, "a pause comes first");
            now = transfer.wake_at().unwrap();
        }
        assert!(transfer.next(now).unwrap().again);
        assert_eq!(transfer.continue_from(3, now, 1.0), Verdict::GiveUp);
        // One byte further, and all is well.
        assert_eq!(transfer.continue_from(5, now, 1.0), Verdict::Again);
        assert_eq!(transfer.next(now).unwrap().offset, 5);
    }

    #[test]
    fn a_part_that_was_attempted_says_so() {
        let mut transfer = Transfer::new(20, 10, false);
        let parts = all_due(&mut transfer, 0);
        assert!(parts.iter().all(|part| !part.again));
        transfer.withdrawn(parts[0].attempt);
        transfer.failed(parts[1].attempt, PASSING, 0, 0.5);
        let due = transfer.wake_at().unwrap().max(1_000);
        assert!(all_due(&mut transfer, due).iter().all(|part| part.again));
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut transfer = Transfer::new(5, 10, false);
        let mut now = 0;
        for _ in 1..TRIES {
            let part = transfer.next(now).unwrap();
            assert_eq!(
                transfer.failed(part.attempt, PASSING, now, 0.5),
                Verdict::Again
            );
            let due = transfer.wake_at().unwrap();
            assert!(due > now && transfer.next(due - 1).is_none());
            now = due;
        }
        let last = transfer.next(now).unwrap();
        assert_eq!(
            transfer.failed(last.attempt, PASSING, now, 0.5),
            Verdict::GiveUp
        );
    }

    #[test]
    fn what_the_server_asks_to_wait_is_waited() {
        let mut transfer = Transfer::new(5, 10, false);
        let part = transfer.next(1_000).unwrap();
        let asked = Failure::Passing {
            retry_after: Some(Duration::from_secs(7)),
        };
        transfer.failed(part.attempt, asked, 1_000, 0.0);
        assert_eq!(transfer.wake_at(), Some(8_000));
    }

    #[test]
    fn credentials_are_renewed_once_for_all_parts_and_not_for_ever() {
        let mut transfer = Transfer::new(30, 10, false);
        for round in 1..=RENEWALS {
            let parts = all_due(&mut transfer, 0);
            assert_eq!(parts.len(), 3, "round {round}");
            for part in parts {
                let verdict = transfer.failed(part.attempt, Failure::Expired, 0, 0.0);
                assert_eq!(verdict, Verdict::Renew);
            }
            assert_eq!(transfer.next(0), None, "not before they are renewed");
            transfer.renewed();
        }
        let part = transfer.next(0).unwrap();
        let verdict = transfer.failed(part.attempt, Failure::Expired, 0, 0.0);
        assert_eq!(verdict, Verdict::GiveUp);
    }

    #[test]
    fn a_part_that_stands_still_is_named_and_one_that_moves_is_not() {
        let mut transfer = Transfer::new(20, 10, false);
        let parts = all_due(&mut transfer, 0);
        transfer.progress(parts[1].attempt, 3, 15_000);
        assert!(transfer.stalled(STALL_MS - 1).is_empty());
        assert_eq!(transfer.wake_at(), Some(STALL_MS));
        assert_eq!(transfer.stalled(STALL_MS), [parts[0].attempt]);
        assert_eq!(transfer.bytes(), 3);
        // Bytes that were told before do not count as movement.
        transfer.progress(parts[1].attempt, 3, 34_000);
        assert_eq!(transfer.stalled(35_000).len(), 2);
    }

    #[test]
    fn a_pause_costs_no_try_and_no_byte_that_was_taken() {
        let mut transfer = Transfer::new(20, 10, false);
        let parts = all_due(&mut transfer, 0);
        transfer.took(parts[0].attempt);
        transfer.set_paused(true);
        transfer.withdrawn(parts[1].attempt);
        assert_eq!((transfer.next(0), transfer.wake_at()), (None, None));
        transfer.set_paused(false);
        let again = transfer.next(0).unwrap();
        assert_eq!((again.index, transfer.running()), (1, 1));
        transfer.took(again.attempt);
        assert!(transfer.is_complete());
    }

    #[test]
    fn a_final_failure_ends_it() {
        let mut transfer = Transfer::new(5, 10, false);
        let part = transfer.next(0).unwrap();
        let verdict = transfer.failed(part.attempt, Failure::Final, 0, 0.0);
        assert_eq!(verdict, Verdict::GiveUp);
        assert_eq!(
            transfer.failed(part.attempt, Failure::Final, 0, 0.0),
            Verdict::Stale
        );
    }

    /// What may happen to a part on its way.
    #[derive(Clone, Copy, Debug)]
    enum Fate {
        Taken,
        Passing,
        Expired,
        Withdrawn,
        Stalled,
    }

    fn fate() -> impl Strategy<Value = Fate> {
        prop_oneof![
            6 => Just(Fate::Taken),
            1 => Just(Fate::Passing),
            1 => Just(Fate::Expired),
            1 => Just(Fate::Withdrawn),
            1 => Just(Fate::Stalled),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_every_byte_is_taken_once_or_it_is_given_up(
            total in 0_u64..200,
            size in 1_u64..40,
            sequential in any::<bool>(),
            cap in 1_usize..6,
            fates in prop::collection::vec(fate(), 0..200),
        ) {
            let mut transfer = Transfer::new(total, size, sequential);
            let mut taken = vec![0_u8; usize::try_from(total).unwrap()];
            let (mut now, mut fates) = (0, fates.into_iter());
            let mut open: Vec<Send> = Vec::new();
            let mut given_up = false;
            while !transfer.is_complete() && !given_up {
                while open.len() < cap && let Some(part) = transfer.next(now) {
                    open.push(part);
                }
                prop_assert_eq!(open.len(), transfer.running());
                prop_assert!(!sequential || open.len() <= 1);
                if open.is_empty() {
                    now = transfer.wake_at().expect("something is due");
                    continue;
                }
                let part = open.remove(0);
                match fates.next().unwrap_or(Fate::Taken) {
                    Fate::Taken => {
                        prop_assert!(transfer.took(part.attempt));
                        for at in part.offset..part.offset + part.length {
                            taken[usize::try_from(at).unwrap()] += 1;
                        }
                    }
                    Fate::Withdrawn => transfer.withdrawn(part.attempt),
                    Fate::Stalled => {
                        now += STALL_MS;
                        prop_assert!(transfer.stalled(now).contains(&part.attempt));
                        given_up = transfer.failed(part.attempt, PASSING, now, 0.5) == Verdict::GiveUp;
                    }
                    Fate::Passing => {
                        given_up = transfer.failed(part.attempt, PASSING, now, 0.5) == Verdict::GiveUp;
                    }
                    Fate::Expired => {
                        given_up = transfer.failed(part.attempt, Failure::Expired, now, 0.5)
                            == Verdict::GiveUp;
                        transfer.renewed();
                    }
                }
                prop_assert!(transfer.bytes() <= total);
            }
            prop_assert!(taken.iter().all(|times| *times <= 1));
            prop_assert!(given_up || taken.iter().all(|times| *times == 1));
        }
    }
}
